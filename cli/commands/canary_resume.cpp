#include "cli/commands/canary_resume.hpp"

#include "cli/history/history.hpp"
#include "cli/ramp/machine.hpp"

#include <CLI/CLI.hpp>

namespace teal::cli {
namespace {

constexpr char kCanaryResumeHelp[] =
    "Examples:\n"
    "  teal canary resume\n"
    "\n"
    "The time in the step before the pause counts. After teal canary set the next step is the one\n"
    "above that share.\n";

}  // namespace

ExitCode run_canary_resume(const CanaryResumeOptions& options) {
    change_ramp(options.common, "teal canary resume", [&](Ramp& ramp, const Sight& sight) {
        resume_ramp(ramp, {user_name(), options.reason}, sight);
    });
    return ExitCode::ok;
}

void add_canary_resume(CLI::App& canary, ExitCode& result) {
    auto options = std::make_shared<CanaryResumeOptions>();
    CLI::App& command = *canary.add_subcommand("resume", "let a paused ramp go on");
    command.footer(kCanaryResumeHelp);
    command.add_option("--reason", options->reason, "kept in the log")->type_name("TEXT");
    add_canary_options(command, options->common, DryRun::offered);
    command.callback([options, &result] { result = run_canary_resume(*options); });
}

}  // namespace teal::cli
