// `teal canary pause`: the canary keeps its share, the ramp's time stands still.
#pragma once

#include "cli/commands/canary_options.hpp"

namespace teal::cli {

struct CanaryPauseOptions {
    CanaryOptions common;
    std::string reason{};
};

void add_canary_pause(CLI::App& canary, ExitCode& result);
ExitCode run_canary_pause(const CanaryPauseOptions& options);

}  // namespace teal::cli
