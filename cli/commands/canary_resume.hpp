// `teal canary resume`: a paused ramp goes on where it was.
#pragma once

#include "cli/commands/canary_options.hpp"

namespace teal::cli {

struct CanaryResumeOptions {
    CanaryOptions common;
    std::string reason{};
};

void add_canary_resume(CLI::App& canary, ExitCode& result);
ExitCode run_canary_resume(const CanaryResumeOptions& options);

}  // namespace teal::cli
