#include "cli/commands/traffic_resume.hpp"

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

constexpr char kTrafficResumeHelp[] =
    "Examples:\n"
    "  teal traffic resume app\n"
    "  teal traffic resume app api          both at the same moment\n"
    "\n"
    "Ends a hold of `teal traffic pause` before its deadline. Whoever waited is decided now, by "
    "the\n"
    "weights as they are now. Fails with 5 when a split is not held (any more): what was to "
    "happen\n"
    "before its release has then happened with traffic on it. (A canary that was paused goes on\n"
    "with: teal canary resume.)\n";

constexpr double kLongestResumeTimeout_s = 3600;

table::HoldSettings hold_in(const table::TableImage& image, const std::string& name) {
    const table::SplitImage* split = image.find(name);
    return split != nullptr ? split->hold : table::HoldSettings{};
}

HoldReport look_at_resume(const table::TableImage& image, const std::vector<std::string>& splits) {
    HoldReport report;
    report.dry_run = true;
    report.result.change.generation = image.generation;
    for (const std::string& name : splits) {
        const table::SplitImage* split = image.find(name);
        if (split == nullptr) {
            throw wrong_input("split " + name + " is not in the table",
                              "see which there are: teal traffic show");
        }
        report.result.splits.push_back(
            {name, is_held(*split, now_unix_ns()), split->hold.until_unix_ns});
    }
    return report;
}

// Throws when one of the splits was not held: after the others have been released.
void demand_held(const HoldReport& report, const table::TableImage& before) {
    for (const HeldSplit& split : report.result.splits) {
        if (split.was_held) {
            continue;
        }
        const std::uint64_t until = hold_in(before, split.split).until_unix_ns;
        throw nothing_there(until == 0
                                ? split.split + " is not held"
                                : fmt::format("{} is held no longer: its deadline was at {}, {}",
                                              split.split, clock_text(until), age_text(until)),
                            "requests are being served; hold them with: teal traffic pause " +
                                split.split + " --max 30s");
    }
}

}  // namespace

ExitCode run_traffic_resume(const TrafficResumeOptions& options) {
    const double timeout_s = parse_seconds("--timeout", options.timeout, kLongestResumeTimeout_s);
    const std::vector<std::string> splits = distinct_splits(options.splits);
    const ChangeTerms terms = hold_terms(options.table, "teal traffic resume", timeout_s);
    const table::TableImage before = read_table(terms.paths, Missing::leave_alone);
    HoldReport report;
    if (options.dry_run) {
        report = look_at_resume(before, splits);
    } else {
        const NginxView nginx(terms.paths.counters);
        for (const std::string& name : splits) {
            report.waiting += hold_sums_of(nginx, name).waiting;
        }
        report.result = release(terms, splits);
    }
    const bool any = std::any_of(report.result.splits.begin(), report.result.splits.end(),
                                 [](const HeldSplit& split) { return split.was_held; });
    if (options.json) {
        print(resume_json(report).dump() + "\n");
    } else if (any) {
        print(resume_text(report));
    }
    demand_held(report, before);
    return ExitCode::ok;
}

void add_traffic_resume(CLI::App& app, ExitCode& result) {
    auto options = std::make_shared<TrafficResumeOptions>();
    CLI::App& command = *app.add_subcommand("resume", "release what a pause holds");
    command.footer(kTrafficResumeHelp);
    command.add_option("splits", options->splits, "splits to release")->required();
    command.add_option("--timeout", options->timeout,
                       "seconds to wait for the lock, and for all workers (default 10)");
    command.add_flag("--dry-run", options->dry_run, "only say what would happen");
    command.add_flag("--json", options->json, "print JSON");
    add_table_options(command, options->table);
    command.callback([options, &result] { result = run_traffic_resume(*options); });
}

}  // namespace teal::cli
