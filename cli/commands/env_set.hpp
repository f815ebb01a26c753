// `teal env set`: gives variables a value, and changes nothing else in the file.
#pragma once

#include "cli/commands/env_options.hpp"
#include "cli/exit_codes.hpp"

#include <string>
#include <vector>

namespace teal::cli {

struct EnvSetOptions {
    EnvOptions common;
    std::vector<std::string> assignments;  // NAME=VALUE
    bool dry_run = false;
};

void add_env_set(CLI::App& env, ExitCode& result);
ExitCode run_env_set(const EnvSetOptions& options);

}  // namespace teal::cli
