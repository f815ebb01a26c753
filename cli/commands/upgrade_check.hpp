// `teal upgrade check`: whether there is something newer to deploy.
#pragma once

#include "cli/commands/upgrade_options.hpp"
#include "cli/exit_codes.hpp"

namespace CLI {
class App;
}

namespace teal::cli {

struct UpgradeCheckOptions : UpgradeOptions {
    std::string timeout{};
};

void add_upgrade_check(CLI::App& upgrade, ExitCode& result);
ExitCode run_upgrade_check(const UpgradeCheckOptions& options);

}  // namespace teal::cli
