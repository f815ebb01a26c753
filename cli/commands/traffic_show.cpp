#include "cli/commands/traffic_show.hpp"

#include "cli/output/picture_output.hpp"
#include "cli/output/screen.hpp"
#include "cli/traffic/picture.hpp"
#include "cli/traffic/table_session.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

namespace teal::cli {
namespace {

constexpr char kTrafficShowHelp[] =
    "Examples:\n"
    "  teal traffic show                      every split\n"
    "  teal traffic show app --interval 5     rates over five seconds\n"
    "  teal traffic show app --interval 0     totals since nginx made its counters\n"
    "  teal traffic show --json\n"
    "\n"
    "Errors are 5xx answers, failed connections, timeouts and resets, per upstream attempt: one "
    "that\n"
    "was retried on another variant counts. Latencies are known to 12.5 %. \"-\": no request fell\n"
    "into the interval. Endpoints' attempts and failures are totals of their slot.\n";

constexpr double kLongestInterval_s = 3600;

}  // namespace

ExitCode run_traffic_show(const TrafficShowOptions& options) {
    const double interval_s = parse_seconds("--interval", options.interval, kLongestInterval_s);
    const TablePaths paths = options.table.paths();
    NginxView nginx(paths.counters);
    table::TableImage image = read_table(paths);
    std::vector<const table::SplitImage*> splits = chosen_splits(image, options.splits);
    if (const std::string problem = nginx.problem(); !problem.empty()) {
        warn("nginx's counters cannot be read: " + problem);
    }

    std::optional<Reading> before;
    if (interval_s > 0.0 && nginx.is_open()) {
        before.emplace(nginx, counted_variants(splits, nginx));
        std::this_thread::sleep_for(std::chrono::duration<double>(interval_s));
        // What is shown beside the rates is what stands at their end.
        image = read_table(paths);
        splits = chosen_splits(image, options.splits);
        nginx.follow();
    }
    const Reading now(nginx, counted_variants(splits, nginx));
    const TrafficPicture picture =
        take_picture(image, splits, nginx, before ? &*before : nullptr, now);
    print(options.json ? picture_json(picture).dump() + "\n" : picture_text(picture));
    return ExitCode::ok;
}

void add_traffic_show(CLI::App& app, ExitCode& result) {
    auto options = std::make_shared<TrafficShowOptions>();
    CLI::App& command = *app.add_subcommand("show", "weights, endpoints and what the traffic does");
    command.footer(kTrafficShowHelp);
    command.add_option("splits", options->splits, "splits to show (default all)");
    command.add_option("--interval", options->interval,
                       "seconds to measure rates over, 0: totals (default 0.5)");
    command.add_flag("--json", options->json, "print JSON");
    add_table_options(command, options->table);
    command.callback([options, &result] { result = run_traffic_show(*options); });
}

}  // namespace teal::cli
