#include "cli/commands/upgrade_down.hpp"

#include "cli/deployment/take_down.hpp"
#include "cli/error.hpp"
#include "cli/output/screen.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kUpgradeDownHelp[] =
    "Examples:\n"
    "  teal upgrade down                   asks first; without a terminal, add --yes\n"
    "  teal upgrade down --remove --yes    removes containers and networks, too\n"
    "\n"
    "Stops both colors and the shared services: from then on nginx has nobody to send requests "
    "to.\n"
    "Volumes, snapshots, history and the table's splits stay; teal upgrade perform deploys again,\n"
    "teal upgrade rollback --to SNAPSHOT brings a former version back. For one color that does "
    "not\n"
    "serve: teal upgrade cleanup.\n";

void demand_consent(const UpgradeDownOptions& options, Stack& stack) {
    if (options.yes) {
        return;
    }
    const std::string project = stack.project();
    if (isatty(STDIN_FILENO) != 1 || !is_terminal()) {
        throw wrong_input(
            "`teal upgrade down` stops what serves " + project + ", and nobody can be asked",
            "add --yes");
    }
    print("Stop " + project + ", also what serves? [y/N] ");
    std::string answer;
    std::getline(std::cin, answer);
    if (answer != "y" && answer != "Y" && answer != "yes") {
        throw failure("not stopped", "");
    }
}

}  // namespace

ExitCode run_upgrade_down(const UpgradeDownOptions& options) {
    UpgradeRun run(options.common);
    demand_consent(options, *run.stack);
    const TakeDownOutcome outcome = take_down(
        run.settings, *run.stack, options.remove ? Removal::remove : Removal::keep, *run.progress);
    run.end_well();
    if (!outcome.table_problem.empty()) {
        warn("the table still names what was stopped: " + outcome.table_problem);
    }
    const std::string served = outcome.served ? name_of(*outcome.served) : "";
    if (options.common.json) {
        print_event("result", {{"outcome", options.remove ? "removed" : "stopped"},
                               {"stopped", outcome.stopped},
                               {"served", served.empty() ? nlohmann::ordered_json()
                                                         : nlohmann::ordered_json(served)}});
    } else {
        print(fmt::format("{} is {}: {} ended{}\n", run.stack->project(),
                          options.remove ? "removed" : "stopped", outcome.stopped,
                          served.empty() ? "" : ", " + served + " served until now"));
    }
    return ExitCode::ok;
}

void add_upgrade_down(CLI::App& upgrade, ExitCode& result) {
    auto options = std::make_shared<UpgradeDownOptions>();
    CLI::App& command = *upgrade.add_subcommand("down", "stop the project, what serves included");
    command.footer(kUpgradeDownHelp);
    command.add_flag("--yes,-y", options->yes, "do not ask");
    command.add_flag("--remove", options->remove, "remove its containers and networks, too");
    command.add_flag("--json", options->common.json, "print events as JSON, one a line");
    add_project_options(command, options->common.project);
    command.callback([options, &result] { result = run_upgrade_down(*options); });
}

}  // namespace teal::cli
