// `teal env list`: all of them, secrets masked.
#pragma once

#include "cli/commands/env_options.hpp"
#include "cli/exit_codes.hpp"

namespace teal::cli {

struct EnvListOptions {
    EnvOptions common;
    bool show = false;  // secrets, too
};

void add_env_list(CLI::App& env, ExitCode& result);
ExitCode run_env_list(const EnvListOptions& options);

}  // namespace teal::cli
