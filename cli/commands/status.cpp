#include "cli/commands/status.hpp"

#include "cli/commands/watch_interval.hpp"
#include "cli/deployment/overview.hpp"
#include "cli/output/live_view.hpp"
#include "cli/output/screen.hpp"
#include "cli/output/status_output.hpp"
#include "cli/stack/open_stack.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

// Rates of the first view; later ones are over the whole interval.
constexpr double kSample_s = 0.2;

constexpr char kHelp[] =
    "Examples:\n"
    "  teal status\n"
    "  teal status --watch --interval 5         until Ctrl-C\n"
    "  teal status --watch --json               one JSON object a line\n"
    "  teal status --json | jq .healthy\n"
    "\n"
    "Asks docker or the process table, not the services themselves: that is `teal health check`.\n"
    "Changes nothing, and returns 0 whatever it finds.\n";

std::string view(const DeploymentOverview& overview, bool json) {
    return json ? status_json(overview).dump() + "\n" : status_text(overview);
}

}  // namespace

ExitCode run_status(const StatusOptions& options) {
    const double interval = parse_interval(options.interval);
    const Settings settings = load_settings(options.project);
    const std::unique_ptr<Stack> stack = open_stack(settings);
    TrafficSince since(settings);
    if (!options.watch) {
        print(view(take_overview(settings, *stack, since, kSample_s), options.json));
        return ExitCode::ok;
    }
    LiveView live;
    unsigned long shown = 0;
    do {
        const std::string text =
            view(take_overview(settings, *stack, since, kSample_s), options.json);
        live.show(text + (options.json ? "" : "\n"));
        ++shown;
    } while ((options.count == 0 || shown < options.count) && live.pause(interval));
    return ExitCode::ok;
}

void add_status(CLI::App& app, ExitCode& result) {
    auto options = std::make_shared<StatusOptions>();
    CLI::App& command = *app.add_subcommand("status", "services and traffic at a glance");
    command.footer(kHelp);
    CLI::Option* watch = command.add_flag("--watch", options->watch, "show it again and again");
    command.add_option("--interval", options->interval, "seconds between two views (2)")
        ->type_name("S")
        ->needs(watch);
    command.add_option("--count", options->count, "end after so many views")
        ->type_name("N")
        ->needs(watch);
    command.add_flag("--json", options->json, "print JSON");
    add_project_options(command, options->project);
    command.callback([options, &result] { result = run_status(*options); });
}

}  // namespace teal::cli
