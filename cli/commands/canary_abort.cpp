#include "cli/commands/canary_abort.hpp"

#include "cli/history/history.hpp"
#include "cli/ramp/machine.hpp"

#include <CLI/CLI.hpp>

namespace teal::cli {
namespace {

constexpr char kCanaryAbortHelp[] =
    "Examples:\n"
    "  teal canary abort\n"
    "  teal canary abort --reason \"wrong colour of the button\"\n"
    "\n"
    "One publication for all its splits. The canary runs on, closed to all but pinned requests.\n"
    "To return to the deployment before this one: teal upgrade rollback.\n";

}  // namespace

ExitCode run_canary_abort(const CanaryAbortOptions& options) {
    change_ramp(options.common, "teal canary abort", [&](Ramp& ramp, const Sight& sight) {
        abort_ramp(ramp, {user_name(), options.reason}, sight);
    });
    return ExitCode::ok;
}

void add_canary_abort(CLI::App& canary, ExitCode& result) {
    auto options = std::make_shared<CanaryAbortOptions>();
    CLI::App& command =
        *canary.add_subcommand("abort", "give the canary up: all traffic back to the baseline");
    command.footer(kCanaryAbortHelp);
    command.add_option("--reason", options->reason, "kept in the log")->type_name("TEXT");
    add_canary_options(command, options->common, DryRun::offered);
    command.callback([options, &result] { result = run_canary_abort(*options); });
}

}  // namespace teal::cli
