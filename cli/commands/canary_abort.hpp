// `teal canary abort`: all traffic back to the baseline, at once.
#pragma once

#include "cli/commands/canary_options.hpp"

namespace teal::cli {

struct CanaryAbortOptions {
    CanaryOptions common;
    std::string reason{};
};

void add_canary_abort(CLI::App& canary, ExitCode& result);
ExitCode run_canary_abort(const CanaryAbortOptions& options);

}  // namespace teal::cli
