#include "cli/commands/logs.hpp"

#include "cli/deployment/deployed_colors.hpp"
#include "cli/output/screen.hpp"
#include "cli/stack/open_stack.hpp"

#include <CLI/CLI.hpp>

namespace teal::cli {
namespace {

constexpr unsigned kMostLines = 1'000'000;

constexpr char kHelp[] =
    "Examples:\n"
    "  teal logs                            the color that serves, and the shared services\n"
    "  teal logs -f web                     goes on until Ctrl-C\n"
    "  teal logs postgres --lines 500\n"
    "  teal logs --color green              of a standby that did not come up\n"
    "\n"
    "When no color serves, it is the one that was deployed last. Returns 2 for a service that "
    "there\n"
    "is not, 5 when nothing is deployed.\n";

}  // namespace

ExitCode run_logs(const LogsOptions& options) {
    const std::optional<Color> asked =
        options.color.empty() ? std::nullopt : std::optional(parse_color(options.color));
    const Settings settings = load_settings(options.project);
    const std::unique_ptr<Stack> stack = open_stack(settings);
    const DeployedColors deployed = find_deployed(settings);
    const Color color = deployed.chosen(asked);
    if (!deployed.table_problem.empty() && !asked) {
        warn(deployed.table_problem + "; these are the logs of " + name_of(color));
    }
    const LogRequest request{
        .services = options.services, .follow = options.follow, .lines = options.lines};
    return stack->show_logs(color, request) == 0 ? ExitCode::ok : ExitCode::failed;
}

void add_logs(CLI::App& app, ExitCode& result) {
    auto options = std::make_shared<LogsOptions>();
    CLI::App& command = *app.add_subcommand("logs", "what the services say");
    command.footer(kHelp);
    command.add_option("services", options->services, "services (default all)")
        ->type_name("SERVICE");
    command.add_flag("-f,--follow", options->follow, "go on with what is added");
    command.add_option("--color", options->color, "blue or green (default: the one that serves)")
        ->type_name("COLOR");
    command
        .add_option("-n,--lines", options->lines,
                    "so many lines of each instance to begin with "
                    "(100)")
        ->type_name("N")
        ->check(CLI::Range(0u, kMostLines));
    add_project_options(command, options->project);
    command.callback([options, &result] { result = run_logs(*options); });
}

}  // namespace teal::cli
