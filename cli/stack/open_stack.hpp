// The stack of a project: compose or Procfile, as its settings and files say.
#pragma once

#include "cli/project/settings.hpp"
#include "cli/stack/stack.hpp"

#include <memory>

namespace teal::cli {

// Looks at names of files only; they are read when the stack is asked for something. Throws Error
// (wrong input) when there is neither a compose file nor a Procfile, or both and no `stack`
// setting.
std::unique_ptr<Stack> open_stack(const Settings& settings);

}  // namespace teal::cli
