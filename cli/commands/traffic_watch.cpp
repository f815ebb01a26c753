#include "cli/commands/traffic_watch.hpp"

#include "cli/commands/watch_interval.hpp"
#include "cli/output/live_view.hpp"
#include "cli/output/picture_output.hpp"
#include "cli/output/screen.hpp"
#include "cli/traffic/picture.hpp"
#include "cli/traffic/table_session.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kHelp[] =
    "Examples:\n"
    "  teal traffic watch                     until Ctrl-C\n"
    "  teal traffic watch app --interval 5\n"
    "  teal traffic watch --json --count 10   one JSON object a line\n";

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
    std::optional<Reading> before;
    unsigned long shown = 0;
    do {
        nginx.follow();
        image = read_table(paths);
        const std::vector<const table::SplitImage*> splits = chosen_splits(image, options.splits);
        Reading now(nginx, counted_variants(splits, nginx));
        if (before) {
            const TrafficPicture picture = take_picture(image, splits, nginx, &*before, now);
            view.show(options.json ? picture_json(picture).dump() + "\n"
                                   : picture_text(picture) + "\n");
            ++shown;
        }
        before.emplace(std::move(now));
    } while ((options.count == 0 || shown < options.count) && view.pause(interval_s));
    return ExitCode::ok;
}

void add_traffic_watch(CLI::App& app, ExitCode& result) {
    auto options = std::make_shared<TrafficWatchOptions>();
    CLI::App& command = *app.add_subcommand("watch", "the same, live");
    command.footer(kHelp);
    command.add_option("splits", options->splits, "splits to watch (default all)");
    command.add_option("--interval", options->interval, "seconds between two views (default 1)");
    command.add_option("--count", options->count, "end after so many views");
    command.add_flag("--json", options->json, "print one JSON object a line");
    add_table_options(command, options->table);
    command.callback([options, &result] { result = run_traffic_watch(*options); });
}

}  // namespace teal::cli
