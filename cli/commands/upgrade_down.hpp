// `teal upgrade down`: stops the whole project, what serves included.
#pragma once

#include "cli/commands/upgrade_options.hpp"
#include "cli/exit_codes.hpp"

namespace CLI {
class App;
}

namespace teal::cli {

struct UpgradeDownOptions {
    UpgradeOptions common;
    bool yes = false;
    bool remove = false;
};

void add_upgrade_down(CLI::App& upgrade, ExitCode& result);
ExitCode run_upgrade_down(const UpgradeDownOptions& options);

}  // namespace teal::cli
