// `teal upgrade switch COLOR`: gives a deployed color the traffic.
#pragma once

#include "cli/commands/upgrade_options.hpp"
#include "cli/exit_codes.hpp"

namespace CLI {
class App;
}

namespace teal::cli {

struct UpgradeSwitchOptions {
    UpgradeOptions common;
    std::string color{};
    std::string timeout{};
};

void add_upgrade_switch(CLI::App& upgrade, ExitCode& result);
ExitCode run_upgrade_switch(const UpgradeSwitchOptions& options);

}  // namespace teal::cli
