#include "cli/commands/canary_promote.hpp"

#include "cli/error.hpp"
#include "cli/history/history.hpp"
#include "cli/output/screen.hpp"
#include "cli/ramp/machine.hpp"

#include <unistd.h>
#include <CLI/CLI.hpp>
#include <iostream>

namespace teal::cli {
namespace {

constexpr char kCanaryPromoteHelp[] =
    "Examples:\n"
    "  teal canary promote              asks first\n"
    "  teal canary promote --yes\n"
    "\n"
    "The rest of the steps is left out, the guard is disarmed, the baseline is closed and runs "
    "on.\n"
    "Steps that wait for an approval are approved by it: with --four-eyes not by who started.\n";

bool is_confirmed(const CanaryOptions& options) {
    if (options.json || isatty(STDIN_FILENO) != 1 || !is_terminal()) {
        return false;
    }
    print("Give the canary all traffic now? [y/N] ");
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace

ExitCode run_canary_promote(const CanaryPromoteOptions& options) {
    if (!options.yes && !options.common.dry_run && !is_confirmed(options.common)) {
        throw failure("not promoted: nobody said yes",
                      "answer y at a terminal, or use teal canary promote --yes");
    }
    change_ramp(options.common, "teal canary promote", [&](Ramp& ramp, const Sight& sight) {
        promote_ramp(ramp, {user_name(), options.reason}, sight);
    });
    return ExitCode::ok;
}

void add_canary_promote(CLI::App& canary, ExitCode& result) {
    auto options = std::make_shared<CanaryPromoteOptions>();
    CLI::App& command = *canary.add_subcommand("promote", "give the canary all traffic now");
    command.footer(kCanaryPromoteHelp);
    command.add_flag("--yes", options->yes, "do not ask");
    command.add_option("--reason", options->reason, "kept in the log")->type_name("TEXT");
    add_canary_options(command, options->common, DryRun::offered);
    command.callback([options, &result] { result = run_canary_promote(*options); });
}

}  // namespace teal::cli
