// `teal upgrade plan`: what `perform` would do.
#pragma once

#include "cli/commands/upgrade_options.hpp"
#include "cli/deployment/plan.hpp"
#include "cli/exit_codes.hpp"

namespace CLI {
class App;
}

namespace teal::cli {

void add_upgrade_plan(CLI::App& upgrade, ExitCode& result);
ExitCode run_upgrade_plan(const UpgradeOptions& options, const PlanRequest& request = {});

}  // namespace teal::cli
