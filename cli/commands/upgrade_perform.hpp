// `teal upgrade perform`: deploys the standby, checks it, and gives it the traffic.
#pragma once

#include "cli/commands/ramp_options.hpp"
#include "cli/commands/upgrade_options.hpp"
#include "cli/exit_codes.hpp"

namespace CLI {
class App;
}

namespace teal::cli {

struct UpgradePerformOptions {
    UpgradeOptions common;
    bool auto_switch = false;
    bool auto_cleanup = false;
    bool skip_health = false;
    bool build = false;
    bool pull = false;
    bool remove_failed = false;
    bool dry_run = false;
    bool canary = false;
    RampTermsOptions ramp{};  // with `canary`
    std::string allow_migrations{};
    bool backup = false;
    std::string backup_label{};
    std::string timeout{};
    std::string interval{};
    std::string watch{};
    std::string drain_timeout{};
    std::string migration{};  // the command; empty: none
    std::string longest_hold = "30s";
};

void add_upgrade_perform(CLI::App& upgrade, ExitCode& result);
ExitCode run_upgrade_perform(const UpgradePerformOptions& options);

}  // namespace teal::cli
