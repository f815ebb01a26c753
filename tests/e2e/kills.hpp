// How often a case kills the command under test: TEAL_KILLS in the environment, else as often as
// `make test` has time for.
#pragma once

#include <cstdlib>

namespace teal::e2e {

inline int wanted_kills(int usual) {
    const char* wanted = std::getenv("TEAL_KILLS");
    return wanted != nullptr ? std::atoi(wanted) : usual;
}

}  // namespace teal::e2e
