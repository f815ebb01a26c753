// `teal canary drive`: goes on with a ramp that nobody drives.
#pragma once

#include "cli/commands/canary_options.hpp"

namespace teal::cli {

struct CanaryDriveOptions {
    CanaryOptions common;
};

void add_canary_drive(CLI::App& canary, ExitCode& result);
ExitCode run_canary_drive(const CanaryDriveOptions& options);

}  // namespace teal::cli
