#include "cli/commands/canary_pause.hpp"

#include "cli/history/history.hpp"
#include "cli/ramp/machine.hpp"

#include <CLI/CLI.hpp>

namespace teal::cli {
namespace {

constexpr char kCanaryPauseHelp[] =
    "Examples:\n"
    "  teal canary pause\n"
    "  teal canary pause --reason \"looking at the logs\"\n"
    "\n"
    "Traffic stays as it is, the guard stays armed, and the driver goes on renewing the lease.\n"
    "On again with: teal canary resume.\n";

}  // namespace

ExitCode run_canary_pause(const CanaryPauseOptions& options) {
    change_ramp(options.common, "teal canary pause", [&](Ramp& ramp, const Sight& sight) {
        pause_ramp(ramp, {user_name(), options.reason}, sight);
    });
    return ExitCode::ok;
}

void add_canary_pause(CLI::App& canary, ExitCode& result) {
    auto options = std::make_shared<CanaryPauseOptions>();
    CLI::App& command =
        *canary.add_subcommand("pause", "hold the canary's share; the guard stays armed");
    command.footer(kCanaryPauseHelp);
    command.add_option("--reason", options->reason, "kept in the log")->type_name("TEXT");
    add_canary_options(command, options->common, DryRun::offered);
    command.callback([options, &result] { result = run_canary_pause(*options); });
}

}  // namespace teal::cli
