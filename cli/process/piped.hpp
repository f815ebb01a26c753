// One program's output as another one's input.
#pragma once

#include "cli/process/command.hpp"

namespace teal::cli {

// Both have ended well, or the result says which did not and what it said. Their inputs, outputs
// and on_output are set here.
CommandResult run_piped(const Command& from, Command to);

}  // namespace teal::cli
