// `teal upgrade cleanup COLOR`: stops a color that does not serve.
#pragma once

#include "cli/commands/upgrade_options.hpp"
#include "cli/exit_codes.hpp"

namespace CLI {
class App;
}

namespace teal::cli {

struct UpgradeCleanupOptions {
    UpgradeOptions common;
    std::string color{};
    bool remove = false;
    std::string force_after{};
    std::string drain_timeout{};
};

void add_upgrade_cleanup(CLI::App& upgrade, ExitCode& result);
ExitCode run_upgrade_cleanup(const UpgradeCleanupOptions& options);

}  // namespace teal::cli
