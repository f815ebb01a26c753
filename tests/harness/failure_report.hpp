// How the harness tells a test that it failed when it cannot throw: from destructors.
// The harness knows no test framework, so that benchmarks and the demo can use it: a test program
// installs a callback (tests/harness/catch_failures.hpp does it for Catch2).
#pragma once

#include <functional>
#include <string>

namespace teal::harness {

using FailureCallback = std::function<void(const std::string& message)>;

// Installs what receives failures; an empty function restores the default: print to stderr.
void on_failure(FailureCallback callback);

// Hands `message` to the callback; whatever that throws is swallowed.
void report_failure(const std::string& message) noexcept;

// How many failures were reported in this process; a main() without a framework exits non-zero on
// it.
unsigned long reported_failures() noexcept;

}  // namespace teal::harness
