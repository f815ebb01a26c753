// `teal env get`: one variable's value, as it is.
#pragma once

#include "cli/commands/env_options.hpp"
#include "cli/exit_codes.hpp"

#include <string>

namespace teal::cli {

struct EnvGetOptions {
    EnvOptions common;
    std::string name;
};

void add_env_get(CLI::App& env, ExitCode& result);
ExitCode run_env_get(const EnvGetOptions& options);

}  // namespace teal::cli
