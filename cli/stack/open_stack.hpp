// The stack of a project: compose or Procfile, as its settings and files say.
#pragma once

#include "cli/project/settings.hpp"
#include "cli/stack/stack.hpp"

#include <memory>

namespace teal::cli {

// Both look at names of files only; they are read when the stack is asked for something. Both throw
// Error (wrong input) when there is neither a compose file nor a Procfile, or both and no `stack`
// setting.
std::unique_ptr<Stack> open_stack(const Settings& settings);
StackKind stack_kind(const Settings& settings);

// Whether there is a compose file or a Procfile at all.
bool is_project(const Settings& settings);

}  // namespace teal::cli
