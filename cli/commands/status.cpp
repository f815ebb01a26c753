#include "cli/commands/status.hpp"

#include "cli/commands/watch_interval.hpp"
#include "cli/deployment/overview.hpp"
#include "cli/output/live_view.hpp"
#include "cli/output/quantities.hpp"
#include "cli/output/screen.hpp"
#include "cli/output/status_output.hpp"
#include "cli/output/watch_view.hpp"
#include "cli/ramp/ramps_under_way.hpp"
#include "cli/stack/open_stack.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

// Rates of the first view; later ones are over the whole interval.
constexpr double kSample_s = 0.2;

constexpr char kStatusHelp[] =
    "Examples:\n"
    "  teal status\n"
    "  teal status --watch --interval 5         until Ctrl-C\n"
    "  teal status --watch --json               one JSON object a line\n"
    "  teal status --watch >> status.log        elsewhere than on a terminal: one line a look\n"
    "  teal status --json | jq .healthy\n"
    "\n"
    "Asks docker or the process table, not the services themselves: that is `teal health check`.\n"
    "Changes nothing, and returns 0 whatever it finds.\n";

std::string view(const DeploymentOverview& overview, bool json) {
    return json ? status_json(overview).dump() + "\n" : status_text(overview);
}

// What --watch shows of one look.
struct StatusFrame {
    DeploymentOverview overview;  // its traffic is in `watch`
    WatchFrame watch;
};

StatusFrame frame_of(DeploymentOverview overview, RampsUnderWay& ramps) {
    StatusFrame frame;
    frame.watch.picture = overview.traffic.value_or(TrafficPicture{});
    std::vector<std::string> names;
    for (const SplitPicture& split : frame.watch.picture.splits) {
        names.push_back(split.name);
    }
    if (!names.empty()) {
        frame.watch.ramps = ramps.look(names);
    }
    frame.watch.clock = clock_text(now_unix_ns());
    overview.traffic.reset();
    frame.overview = std::move(overview);
    return frame;
}

std::string shown(const LiveView& live, const StatusFrame& frame, const WatchHistory& history) {
    if (!live.is_terminal()) {
        return status_line(frame.overview) + "; " + watch_line(frame.watch) + "\n";
    }
    const Charset charset = terminal_charset();
    return in_charset(status_text(frame.overview), charset) + "\n" +
           draw_watch(frame.watch, history, live.columns(), charset) + "\n";
}

void watch(const StatusOptions& options, const Settings& settings, Stack& stack,
           TrafficSince& since, double interval) {
    LiveView live;
    WatchHistory history;
    StatusFrame frame;
    RampsUnderWay ramps(table_paths(settings.table, settings.counters));
    unsigned long views = 0;
    const auto redraw = [&] { return shown(live, frame, history); };
    do {
        DeploymentOverview overview = take_overview(settings, stack, since, kSample_s);
        ++views;
        if (options.json) {
            live.show(view(overview, true));
            continue;
        }
        frame = frame_of(std::move(overview), ramps);
        history.add(frame.watch.picture);
        live.show(redraw());
    } while ((options.count == 0 || views < options.count) &&
             (options.json ? live.pause(interval) : live.pause(interval, redraw)));
}

}  // namespace

ExitCode run_status(const StatusOptions& options) {
    const double interval = parse_interval(options.interval);
    const Settings settings = load_settings(options.project);
    const std::unique_ptr<Stack> stack = open_stack(settings);
    TrafficSince since(settings);
    if (options.watch) {
        watch(options, settings, *stack, since, interval);
    } else {
        print(view(take_overview(settings, *stack, since, kSample_s), options.json));
    }
    return ExitCode::ok;
}

void add_status(CLI::App& app, ExitCode& result) {
    auto options = std::make_shared<StatusOptions>();
    CLI::App& command = *app.add_subcommand("status", "services and traffic at a glance");
    command.footer(kStatusHelp);
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
