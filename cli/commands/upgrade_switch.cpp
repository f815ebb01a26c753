#include "cli/commands/upgrade_switch.hpp"

#include "cli/commands/table_options.hpp"
#include "cli/deployment/switching.hpp"
#include "cli/error.hpp"
#include "cli/output/change_output.hpp"
#include "cli/output/screen.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr double kUpgradeSwitchLongest_s = 86400;

constexpr char kUpgradeSwitchHelp[] =
    "Examples:\n"
    "  teal upgrade switch green\n"
    "  teal upgrade switch green --timeout 120     it may need so long to answer through nginx\n"
    "\n"
    "The color has to be deployed, and has to answer through nginx before it gets traffic. Every\n"
    "split switches in the same publication. The other color runs on: teal upgrade rollback.\n";

std::string outcome_text(const SwitchOutcome& outcome) {
    if (outcome.was_serving) {
        return fmt::format("{} serves already\n", name_of(outcome.color));
    }
    return fmt::format("{} serves ({}) · {}\n", name_of(outcome.color), outcome.snapshot,
                       change_text(outcome.change));
}

nlohmann::ordered_json outcome_json(const SwitchOutcome& outcome) {
    nlohmann::ordered_json json{
        {"outcome", outcome.was_serving ? "unchanged" : "switched"},
        {"color", name_of(outcome.color)},
        {"from",
         outcome.from ? nlohmann::ordered_json(name_of(*outcome.from)) : nlohmann::ordered_json()},
        {"snapshot", outcome.snapshot}};
    if (!outcome.was_serving) {
        json["change"] = change_json(outcome.change, false);
    }
    return json;
}

}  // namespace

ExitCode run_upgrade_switch(const UpgradeSwitchOptions& options) {
    const Color color = parse_color(options.color);
    UpgradeRun run(options.common);
    const double timeout = options.timeout.empty() ? run.settings.health_timeout_s
                                                   : parse_seconds("--timeout", options.timeout,
                                                                   kUpgradeSwitchLongest_s);
    DeploymentJob job(run.settings, *run.stack, *run.progress, "switch");
    const SwitchOutcome outcome = switch_to(job, color, milliseconds_of(timeout));
    run.end_well();
    if (options.common.json) {
        print_event("result", outcome_json(outcome));
    } else {
        print(outcome_text(outcome));
    }
    return ExitCode::ok;
}

void add_upgrade_switch(CLI::App& upgrade, ExitCode& result) {
    auto options = std::make_shared<UpgradeSwitchOptions>();
    CLI::App& command = *upgrade.add_subcommand("switch", "give a deployed color the traffic");
    command.footer(kUpgradeSwitchHelp);
    command.add_option("color", options->color, "blue or green")->required()->type_name("COLOR");
    command
        .add_option("--timeout", options->timeout,
                    "seconds it has to answer through nginx (HEALTH_CHECK_TIMEOUT, 60)")
        ->type_name("S");
    command.add_flag("--json", options->common.json, "print events as JSON, one a line");
    add_project_options(command, options->common.project);
    command.callback([options, &result] { result = run_upgrade_switch(*options); });
}

}  // namespace teal::cli
