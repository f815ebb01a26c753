#include "cli/commands/upgrade_plan.hpp"

#include "cli/commands/upgrade_rolling.hpp"
#include "cli/output/plan_output.hpp"
#include "cli/output/screen.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kUpgradePlanHelp[] =
    "Examples:\n"
    "  teal upgrade plan\n"
    "  teal upgrade plan --rolling       phases and services of teal upgrade rolling\n"
    "  teal upgrade plan --json | jq '.services[] | select(.shared)'\n"
    "\n"
    "Changes nothing. Returns 1 when `perform` would refuse to begin.\n";

}  // namespace

ExitCode run_upgrade_plan(const UpgradeOptions& options, const PlanRequest& request) {
    const Settings settings = load_settings(options.project);
    const std::unique_ptr<Stack> stack = open_stack(settings);
    const DeploymentPlan plan = plan_deployment(settings, *stack, request);
    print(options.json ? plan_json(plan).dump() + "\n" : plan_text(plan));
    return plan.hindrances.empty() ? ExitCode::ok : ExitCode::failed;
}

void add_upgrade_plan(CLI::App& upgrade, ExitCode& result) {
    auto options = std::make_shared<UpgradeOptions>();
    auto rolling = std::make_shared<bool>(false);
    CLI::App& command = *upgrade.add_subcommand("plan", "what perform would do");
    command.footer(kUpgradePlanHelp);
    command.add_flag("--rolling", *rolling, "what `rolling` would do instead");
    command.add_flag("--json", options->json, "print JSON");
    add_project_options(command, options->project);
    command.callback([options, rolling, &result] {
        if (*rolling) {
            UpgradeRollingOptions of_rolling;
            of_rolling.common = *options;
            of_rolling.dry_run = true;
            result = run_upgrade_rolling(of_rolling);
            return;
        }
        result = run_upgrade_plan(*options);
    });
}

}  // namespace teal::cli
