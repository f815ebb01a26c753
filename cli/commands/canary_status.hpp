// `teal canary status`: where a ramp is, what speaks for and against it, and who waits for what.
#pragma once

#include "cli/commands/canary_options.hpp"

#include <string>

namespace teal::cli {

struct CanaryStatusOptions {
    CanaryOptions common;
    bool watch = false;
    std::string interval{"1"};
};

void add_canary_status(CLI::App& canary, ExitCode& result);
ExitCode run_canary_status(const CanaryStatusOptions& options);

}  // namespace teal::cli
