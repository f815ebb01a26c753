#include "cli/commands/traffic_pause.hpp"

#include "cli/commands/hold_options.hpp"
#include "cli/error.hpp"
#include "cli/output/hold_output.hpp"
#include "cli/output/quantities.hpp"
#include "cli/output/screen.hpp"
#include "cli/traffic/hold.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kTrafficPauseHelp[] =
    "Examples:\n"
    "  teal traffic pause app --max 30s                      hold new requests, 30 s at most\n"
    "  teal traffic pause app --max 30s --wait-drained       and wait for those in flight\n"
    "  teal traffic pause app api --max 10s                  both from the same moment\n"
    "  teal traffic pause app --max 1m                       again: a new deadline\n"
    "  teal traffic pause app --max 30s --wait-drained && ./migrate; teal traffic resume app\n"
    "\n"
    "A held request waits inside nginx: no error, no connection to a backend. It goes on at\n"
    "`teal traffic resume`, or at the deadline, which nginx keeps itself: nothing has to stay\n"
    "running. Requests in flight finish. Where more wait than teal_hold_limit of nginx.conf "
    "allows\n"
    "(10 000 each worker), further ones get 503 with Retry-After.\n"
    "\n"
    "With --wait-drained: 0 drained, 1 still something in flight after --timeout; held either "
    "way.\n";

constexpr double kLongestPauseTimeout_s = 3600;

struct PauseTerms {
    ChangeTerms terms;
    std::vector<std::string> splits;
    std::chrono::nanoseconds longest;
    double timeout_s;
};

PauseTerms read_pause(const TrafficPauseOptions& options) {
    PauseTerms settings;
    settings.longest = parse_longest_hold("--max", options.longest);
    settings.timeout_s = parse_seconds("--timeout", options.timeout, kLongestPauseTimeout_s);
    settings.splits = distinct_splits(options.splits);
    settings.terms = hold_terms(options.table, "teal traffic pause", settings.timeout_s);
    return settings;
}

HoldReport look_at_pause(const PauseTerms& settings) {
    const table::TableImage image = read_table(settings.terms.paths, Missing::leave_alone);
    demand_holding_nginx(NginxView(settings.terms.paths.counters), image, settings.splits);
    HoldReport report;
    report.dry_run = true;
    report.result.change.generation = image.generation;
    const std::uint64_t now = now_unix_ns();
    for (const std::string& name : settings.splits) {
        report.result.splits.push_back(
            {name, is_held(*image.find(name), now),
             now + static_cast<std::uint64_t>(settings.longest.count())});
    }
    return report;
}

void drain_paused(const PauseTerms& settings, HoldReport& report) {
    NginxView nginx(settings.terms.paths.counters);
    const auto began = std::chrono::steady_clock::now();
    const auto patience =
        std::min(settings.longest, std::chrono::nanoseconds(settings.terms.proof_patience));
    report.in_flight = wait_until_drained(nginx, settings.splits, patience);
    report.drained_after_ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
}

}  // namespace

ExitCode run_traffic_pause(const TrafficPauseOptions& options) {
    const PauseTerms settings = read_pause(options);
    HoldReport report;
    if (options.dry_run) {
        report = look_at_pause(settings);
    } else {
        report.result = hold(settings.terms, settings.splits, settings.longest);
        if (options.wait_drained) {
            drain_paused(settings, report);
        }
    }
    print(options.json ? pause_json(report).dump() + "\n" : pause_text(report));
    if (report.in_flight.value_or(0) != 0) {
        throw failure(fmt::format("{} requests are still in flight after {:g} s", *report.in_flight,
                                  settings.timeout_s),
                      "the hold stands until its deadline; look who is slow: teal traffic show; "
                      "let go: teal traffic resume " +
                          settings.splits.front());
    }
    return ExitCode::ok;
}

void add_traffic_pause(CLI::App& app, ExitCode& result) {
    auto options = std::make_shared<TrafficPauseOptions>();
    CLI::App& command = *app.add_subcommand("pause", "hold new requests inside nginx for a moment");
    command.footer(kTrafficPauseHelp);
    command.add_option("splits", options->splits, "splits to hold")->required();
    command
        .add_option("--max", options->longest,
                    "the longest a request may wait: 30s, 500ms, 2m; at most 10m")
        ->type_name("TIME")
        ->required();
    command.add_flag("--wait-drained", options->wait_drained, "wait until no request is in flight");
    command.add_option("--timeout", options->timeout,
                       "seconds to wait for the lock, for all workers, and for what is in flight "
                       "(default 10)");
    command.add_flag("--dry-run", options->dry_run, "only say what would happen");
    command.add_flag("--json", options->json, "print JSON");
    add_table_options(command, options->table);
    command.callback([options, &result] { result = run_traffic_pause(*options); });
}

}  // namespace teal::cli
