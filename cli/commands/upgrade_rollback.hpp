// `teal upgrade rollback`: back to what served before.
#pragma once

#include "cli/commands/upgrade_options.hpp"
#include "cli/exit_codes.hpp"

namespace CLI {
class App;
}

namespace teal::cli {

struct UpgradeRollbackOptions {
    UpgradeOptions common;
    std::string to{};
    std::string timeout{};
};

void add_upgrade_rollback(CLI::App& upgrade, ExitCode& result);
ExitCode run_upgrade_rollback(const UpgradeRollbackOptions& options);

}  // namespace teal::cli
