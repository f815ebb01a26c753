// `teal canary promote`: the canary gets all traffic, at once.
#pragma once

#include "cli/commands/canary_options.hpp"

namespace teal::cli {

struct CanaryPromoteOptions {
    CanaryOptions common;
    std::string reason{};
    bool yes = false;
};

void add_canary_promote(CLI::App& canary, ExitCode& result);
ExitCode run_canary_promote(const CanaryPromoteOptions& options);

}  // namespace teal::cli
