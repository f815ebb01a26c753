// `teal upgrade status`: which color serves, what runs, what was done lately.
#pragma once

#include "cli/commands/upgrade_options.hpp"
#include "cli/exit_codes.hpp"

namespace CLI {
class App;
}

namespace teal::cli {

void add_upgrade_status(CLI::App& upgrade, ExitCode& result);
ExitCode run_upgrade_status(const UpgradeOptions& options);

}  // namespace teal::cli
