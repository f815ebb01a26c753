#include "cli/commands/health_check.hpp"

#include "cli/deployment/color_health.hpp"
#include "cli/output/health_output.hpp"
#include "cli/output/screen.hpp"
#include "cli/stack/open_stack.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kHealthCheckHelp[] =
    "Examples:\n"
    "  teal health check                    the color that serves, with the shared services\n"
    "  teal health check --detailed         response times, certificates\n"
    "  teal health check --color green      before `teal upgrade switch green`\n"
    "  teal health check --json | jq .healthy\n"
    "\n"
    "One look and one request to every instance of every entry. A standby that runs is shown, "
    "too;\n"
    "without --color it does not decide. Returns 0 when everything is healthy that is not "
    "labelled\n"
    "teal.critical: \"false\", 1 when something is not, 5 when nothing is deployed.\n";

}  // namespace

ExitCode run_health_check(const HealthCheckOptions& options) {
    const std::optional<Color> asked =
        options.color.empty() ? std::nullopt : std::optional(parse_color(options.color));
    const Settings settings = load_settings(options.project);
    const std::unique_ptr<Stack> stack = open_stack(settings);
    const DeploymentHealth health = check_deployment(settings, *stack, asked);
    print(options.json ? health_json(health).dump() + "\n" : health_text(health, options.detailed));
    for (const std::string& remark : health.remarks) {
        warn(remark);
    }
    return health.healthy() ? ExitCode::ok : ExitCode::failed;
}

void add_health_check(CLI::App& health, ExitCode& result) {
    auto options = std::make_shared<HealthCheckOptions>();
    CLI::App& command = *health.add_subcommand("check", "look at every service, ask every entry");
    command.footer(kHealthCheckHelp);
    command.add_flag("--detailed", options->detailed, "addresses, response times, certificates");
    command.add_option("--color", options->color, "blue or green (default: the one that serves)")
        ->type_name("COLOR");
    command.add_flag("--json", options->json, "print JSON");
    add_project_options(command, options->project);
    command.callback([options, &result] { result = run_health_check(*options); });
}

}  // namespace teal::cli
