#include "cli/commands/traffic_watch.hpp"

#include "cli/commands/watch_interval.hpp"
#include "cli/output/live_view.hpp"
#include "cli/output/picture_output.hpp"
#include "cli/output/quantities.hpp"
#include "cli/output/screen.hpp"
#include "cli/output/watch_view.hpp"
#include "cli/ramp/ramps_under_way.hpp"
#include "cli/traffic/picture.hpp"
#include "cli/traffic/table_session.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kTrafficWatchHelp[] =
    "Examples:\n"
    "  teal traffic watch                     until Ctrl-C\n"
    "  teal traffic watch app --interval 5\n"
    "  teal traffic watch >> watch.log        elsewhere than on a terminal: one line for each "
    "view\n"
    "  teal traffic watch --json --count 10   one JSON object a line\n"
    "\n"
    "Lines show the last views, the newest on the right; each has a scale of its own. Canaries "
    "that "
    "are\n"
    "under way are shown with their step and the guard's evidence. Endpoints: teal traffic show.\n";

std::string shown(const LiveView& view, const WatchFrame& frame, const WatchHistory& history) {
    return view.is_terminal()
               ? draw_watch(frame, history, view.columns(), terminal_charset()) + "\n"
               : watch_line(frame) + "\n";
}

}  // namespace

ExitCode run_traffic_watch(const TrafficWatchOptions& options) {
    const double interval_s = parse_interval(options.interval);
    const TablePaths paths = options.table.paths();
    NginxView nginx(paths.counters);
    table::TableImage image = read_table(paths);
    (void)chosen_splits(image, options.splits);  // a wrong name ends it before the first wait
    if (const std::string problem = nginx.problem(); !problem.empty()) {
        warn("nginx's counters cannot be read: " + problem);
    }

    LiveView view;
    WatchHistory history;
    WatchFrame frame;
    RampsUnderWay ramps(paths);
    std::optional<Reading> before;
    unsigned long views = 0;
    const auto redraw = [&] { return shown(view, frame, history); };
    do {
        nginx.follow();
        image = read_table(paths);
        const std::vector<const table::SplitImage*> splits = chosen_splits(image, options.splits);
        Reading now(nginx, counted_variants(splits, nginx));
        if (before) {
            frame = {take_picture(image, splits, nginx, &*before, now), ramps.look(options.splits),
                     clock_text(now_unix_ns())};
            history.add(frame.picture);
            view.show(options.json ? picture_json(frame.picture).dump() + "\n" : redraw());
            if (++views == 1 && !ramps.problem().empty()) {
                warn("canaries are not shown: " + ramps.problem());
            }
        }
        before.emplace(std::move(now));
    } while (
        (options.count == 0 || views < options.count) &&
        (options.json || views == 0 ? view.pause(interval_s) : view.pause(interval_s, redraw)));
    return ExitCode::ok;
}

void add_traffic_watch(CLI::App& app, ExitCode& result) {
    auto options = std::make_shared<TrafficWatchOptions>();
    CLI::App& command =
        *app.add_subcommand("watch", "requests/s, errors and p99 of each variant, live");
    command.footer(kTrafficWatchHelp);
    command.add_option("splits", options->splits, "splits to watch (default all)");
    command.add_option("--interval", options->interval, "seconds between two views (default 1)");
    command.add_option("--count", options->count, "end after so many views");
    command.add_flag("--json", options->json, "print one JSON object a line");
    add_table_options(command, options->table);
    command.callback([options, &result] { result = run_traffic_watch(*options); });
}

}  // namespace teal::cli
