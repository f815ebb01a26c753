// `teal upgrade plan`: what `perform` would do.
#pragma once

#include "cli/commands/upgrade_options.hpp"
#include "cli/exit_codes.hpp"
#include "cli/ramp/ramp.hpp"

#include <optional>

namespace CLI {
class App;
}

namespace teal::cli {

void add_upgrade_plan(CLI::App& upgrade, ExitCode& result);
// `ramp`: by which the new version is to get its traffic, instead of a switch.
ExitCode run_upgrade_plan(const UpgradeOptions& options,
                          const std::optional<RampTerms>& ramp = std::nullopt,
                          bool unsafe_migrations = false);

}  // namespace teal::cli
