// `teal canary set PERCENT`: the canary's share, now; the ramp is paused there.
#pragma once

#include "cli/commands/canary_options.hpp"

namespace teal::cli {

struct CanarySetOptions {
    CanaryOptions common;
    std::string percent{};
    std::string reason{};
};

void add_canary_set(CLI::App& canary, ExitCode& result);
ExitCode run_canary_set(const CanarySetOptions& options);

}  // namespace teal::cli
