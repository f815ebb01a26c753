// Makes failures found in the harness's destructors fail the running Catch2 test.
// Include it in one source file of a test program.
#pragma once

#include "tests/catch.hpp"
#include "tests/harness/failure_report.hpp"

namespace teal::harness {

inline const bool kFailuresReachCatch = [] {
    on_failure([](const std::string& message) { FAIL_CHECK(message); });
    return true;
}();

}  // namespace teal::harness
