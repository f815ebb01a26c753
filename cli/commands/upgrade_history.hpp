// `teal upgrade history`: what was done, and the snapshots that a rollback can return to.
#pragma once

#include "cli/exit_codes.hpp"
#include "cli/project/settings.hpp"

namespace CLI {
class App;
}

namespace teal::cli {

struct UpgradeHistoryOptions {
    ProjectOptions project;
    unsigned last = 20;
    bool json = false;
};

void add_upgrade_history(CLI::App& upgrade, ExitCode& result);
ExitCode run_upgrade_history(const UpgradeHistoryOptions& options);

}  // namespace teal::cli
