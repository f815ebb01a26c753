#include "cli/commands/canary_approve.hpp"

#include "cli/history/history.hpp"
#include "cli/ramp/machine.hpp"

#include <CLI/CLI.hpp>

namespace teal::cli {
namespace {

constexpr char kCanaryApproveHelp[] =
    "Examples:\n"
    "  teal canary approve\n"
    "  teal canary approve --by ann --reason \"looked at the dashboards\"\n"
    "\n"
    "Who, when and why are kept in the log and in the project's history. With --four-eyes not by\n"
    "who started the ramp. A name given with --by is believed; whose account it was is kept, "
    "too.\n";

}  // namespace

ExitCode run_canary_approve(const CanaryApproveOptions& options) {
    const std::string user = user_name();
    Who who{options.by.empty() ? user : options.by, options.reason};
    if (who.by != user) {
        who.reason += (who.reason.empty() ? "" : "; ") + ("entered by " + user);
    }
    change_ramp(options.common, "teal canary approve",
                [&](Ramp& ramp, const Sight& sight) { approve_ramp(ramp, who, sight); });
    return ExitCode::ok;
}

void add_canary_approve(CLI::App& canary, ExitCode& result) {
    auto options = std::make_shared<CanaryApproveOptions>();
    CLI::App& command = *canary.add_subcommand("approve", "let a step begin that waits for it");
    command.footer(kCanaryApproveHelp);
    command.add_option("--by", options->by, "who approves (default: the user)")->type_name("NAME");
    command.add_option("--reason", options->reason, "why")->type_name("TEXT");
    add_canary_options(command, options->common, DryRun::offered);
    command.callback([options, &result] { result = run_canary_approve(*options); });
}

}  // namespace teal::cli
