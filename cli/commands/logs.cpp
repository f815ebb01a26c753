#include "cli/commands/logs.hpp"

#include "cli/access_log/follow.hpp"
#include "cli/deployment/deployed_colors.hpp"
#include "cli/error.hpp"
#include "cli/output/screen.hpp"
#include "cli/stack/open_stack.hpp"

#include <CLI/CLI.hpp>

namespace teal::cli {
namespace {

constexpr unsigned kMostLines = 1'000'000;
constexpr char kAccessLog[] = "/var/log/nginx/teal-access.log";  // as in access-log.conf

constexpr char kLogsHelp[] =
    "Examples:\n"
    "  teal logs                            the color that serves, and the shared services\n"
    "  teal logs -f web                     goes on until Ctrl-C\n"
    "  teal logs postgres --lines 500\n"
    "  teal logs --color green              of a standby that did not come up\n"
    "  teal logs --access --variant green -f     requests that green was decided for\n"
    "  teal logs --access /var/log/nginx/teal-access.log --json | jq .uri\n"
    "\n"
    "When no color serves, it is the one that was deployed last. Returns 2 for a service that "
    "there\n"
    "is not, 5 when nothing is deployed, or there is no access log. --access reads nginx's access "
    "log\n"
    "in the format of conf/examples/access-log.conf, also after it was rotated; lines in another "
    "one are\n"
    "counted and told, and when there is no other line it returns 1.\n";

void refuse_what_is_for_access(const LogsOptions& options) {
    if (!options.variant.empty() || !options.split.empty() || options.json) {
        throw wrong_input("--variant, --split and --json are for nginx's access log",
                          "add --access, or leave them out");
    }
}

ExitCode show_access(const LogsOptions& options) {
    if (options.services.size() > 1) {
        throw wrong_input("--access reads one file, not " + std::to_string(options.services.size()),
                          "name one: teal logs --access " + options.services.front());
    }
    if (!options.color.empty()) {
        throw wrong_input("--color is for the services' logs",
                          "use --variant " + options.color + " with --access");
    }
    const AccessLogRequest request{
        .file = options.services.empty() ? kAccessLog : options.services.front(),
        .filter = {.variant = options.variant, .split = options.split},
        .lines = options.lines,
        .follow = options.follow,
        .raw = options.json};
    const AccessLogCounts counts = show_access_log(request, print, warn);
    if (const std::string problem = malformed_text(counts); !problem.empty()) {
        warn(problem);
    }
    return counts.malformed > 0 && counts.taken + counts.passed_over == 0 ? ExitCode::failed
                                                                          : ExitCode::ok;
}

}  // namespace

ExitCode run_logs(const LogsOptions& options) {
    if (options.access) {
        return show_access(options);
    }
    refuse_what_is_for_access(options);
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
    command.footer(kLogsHelp);
    command
        .add_option("services", options->services, "services (default all); the file of --access")
        ->type_name("SERVICE");
    command.add_flag("--access", options->access,
                     std::string("nginx's access log (default ") + kAccessLog + ")");
    command.add_option("--variant", options->variant, "only requests decided for it")
        ->type_name("VARIANT");
    command.add_option("--split", options->split, "only requests of it")->type_name("SPLIT");
    command.add_flag("--json", options->json, "the access log's lines as they are");
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
