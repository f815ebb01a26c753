// `teal env unset`: takes variables out.
#pragma once

#include "cli/commands/env_options.hpp"
#include "cli/exit_codes.hpp"

#include <string>
#include <vector>

namespace teal::cli {

struct EnvUnsetOptions {
    EnvOptions common;
    std::vector<std::string> names;
    bool dry_run = false;
};

void add_env_unset(CLI::App& env, ExitCode& result);
ExitCode run_env_unset(const EnvUnsetOptions& options);

}  // namespace teal::cli
