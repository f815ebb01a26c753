// `teal canary start`: a deployed standby gets its traffic step by step, under guard.
#pragma once

#include "cli/commands/canary_options.hpp"
#include "cli/commands/ramp_options.hpp"

#include <string>
#include <vector>

namespace teal::cli {

struct CanaryStartOptions {
    ProjectOptions project;
    RampTermsOptions terms;
    std::vector<std::string> splits{};
    std::string canary{};
    bool detach = false;
    bool dry_run = false;
    bool json = false;
};

void add_canary_start(CLI::App& canary, ExitCode& result);
ExitCode run_canary_start(const CanaryStartOptions& options);

}  // namespace teal::cli
