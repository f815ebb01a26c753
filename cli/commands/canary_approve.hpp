// `teal canary approve`: a step that waits for somebody begins.
#pragma once

#include "cli/commands/canary_options.hpp"

namespace teal::cli {

struct CanaryApproveOptions {
    CanaryOptions common;
    std::string by{};
    std::string reason{};
};

void add_canary_approve(CLI::App& canary, ExitCode& result);
ExitCode run_canary_approve(const CanaryApproveOptions& options);

}  // namespace teal::cli
