// The program: parse, run one command, say what went wrong.
#pragma once

namespace teal::cli {

// Returns the process's exit code (exit_codes.hpp). Never throws.
int run_program(int argc, char** argv);

}  // namespace teal::cli
