// `teal upgrade rolling`: updates the services of the color that serves, one after the other.
#pragma once

#include "cli/commands/upgrade_options.hpp"
#include "cli/exit_codes.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace teal::cli {

struct UpgradeRollingOptions {
    UpgradeOptions common;
    std::vector<std::string> services{};
    bool carry_on = false;
    bool force = false;
    bool skip_health = false;
    bool build = false;
    bool pull = false;
    bool dry_run = false;
    bool no_hold = false;
    std::uint32_t batch = 1;
    std::string hold_max = "30s";
    std::string allow_migrations{};
    std::string timeout{};
    std::string interval{};
    std::string watch{};
    std::string drain_timeout{};
};

void add_upgrade_rolling(CLI::App& upgrade, ExitCode& result);
ExitCode run_upgrade_rolling(const UpgradeRollingOptions& options);

}  // namespace teal::cli
