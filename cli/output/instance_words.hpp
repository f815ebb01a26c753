// States of instances, in words.
#pragma once

#include "cli/stack/stack.hpp"

namespace teal::cli {

constexpr const char* state_word(InstanceState state) {
    constexpr const char* kWords[] = {"starting", "running", "exited", "missing"};
    return kWords[static_cast<unsigned>(state)];
}

}  // namespace teal::cli
