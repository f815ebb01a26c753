#include "cli/commands/upgrade_status.hpp"

#include "cli/deployment/overview.hpp"
#include "cli/output/overview_output.hpp"
#include "cli/output/screen.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr double kSample_s = 0.2;

constexpr char kUpgradeStatusHelp[] =
    "Examples:\n"
    "  teal upgrade status\n"
    "  teal upgrade status --json | jq -r .active\n"
    "\n"
    "Changes nothing. `Containers Running` counts the active color and the shared services.\n";

}  // namespace

ExitCode run_upgrade_status(const UpgradeOptions& options) {
    const Settings settings = load_settings(options.project);
    const std::unique_ptr<Stack> stack = open_stack(settings);
    TrafficSince since(settings);
    const DeploymentOverview overview = take_overview(settings, *stack, since, kSample_s);
    print(options.json ? overview_json(overview).dump() + "\n" : overview_text(overview));
    return ExitCode::ok;
}

void add_upgrade_status(CLI::App& upgrade, ExitCode& result) {
    auto options = std::make_shared<UpgradeOptions>();
    CLI::App& command = *upgrade.add_subcommand("status", "which color serves, and what runs");
    command.footer(kUpgradeStatusHelp);
    command.add_flag("--json", options->json, "print JSON");
    add_project_options(command, options->project);
    command.callback([options, &result] { result = run_upgrade_status(*options); });
}

}  // namespace teal::cli
