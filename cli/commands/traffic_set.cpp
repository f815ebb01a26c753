#include "cli/commands/traffic_set.hpp"

#include "cli/error.hpp"
#include "cli/events/event_log.hpp"
#include "cli/experiment/experiment_store.hpp"
#include "cli/output/change_output.hpp"
#include "cli/output/quantities.hpp"
#include "cli/output/screen.hpp"
#include "cli/traffic/change.hpp"
#include "cli/traffic/percent.hpp"
#include "cli/traffic/set_words.hpp"
#include "cli/traffic/weight_plan.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kTrafficSetHelp[] =
    "Examples:\n"
    "  teal traffic set app green=100                  everybody to green\n"
    "  teal traffic set app green=10                   the others share the rest as before\n"
    "  teal traffic set app a=33.3333 b=33.3333 c=33.3334\n"
    "  teal traffic set app green=100 api green=100    both at the same moment\n"
    "  teal traffic set app blue --state draining      only visitors who have it already\n"
    "  teal traffic set app blue=50 --state open       take it back\n"
    "\n"
    "Waits until every live worker decides by the new weights; fails with 4 when one does not.\n"
    "Percent has at most four decimals. Weights below 100 % in sum go to the open variants that\n"
    "were not named, in the proportion they have.\n";

constexpr double kTrafficSetLongestTimeout_s = 3600;

struct WeightSettings {
    TablePaths paths;
    std::optional<table::VariantState> state;
    double timeout_s;
};

WeightSettings validate(const TrafficSetOptions& options) {
    check_set_words(options.words);
    WeightSettings settings;
    if (!options.state.empty()) {
        settings.state = parse_state(options.state);
    }
    settings.timeout_s = parse_seconds("--timeout", options.timeout, kTrafficSetLongestTimeout_s);
    settings.paths = options.table.paths();
    return settings;
}

// Allowed, because traffic comes first; but not without a word.
void add_disturbed_experiments(const TablePaths& paths, WeightPlan& plan) {
    for (const PlannedSplit& split : plan.splits) {
        std::vector<std::string> damaged;  // told by teal ab list
        const auto running = experiment_on(ExperimentStore(paths), split.after.name, &damaged);
        if (running && split.changes()) {
            plan.warnings.push_back("experiment " + running->name + " on " + split.after.name +
                                    " counts nothing from here on: its weights are changed");
        }
    }
}

std::string weights_text(const table::SplitImage& split) {
    std::string text;
    for (const table::VariantImage& variant : split.variants) {
        text += (text.empty() ? "" : ", ") + variant.name + " " + percent_text(variant.weight_ppm);
        if (variant.state != table::VariantState::open) {
            text += std::string(" (") + state_text(variant.state) + ")";
        }
    }
    return text;
}

std::string split_line(const PlannedSplit& split, bool would) {
    std::string text = split.after.name + ": " + weights_text(split.after);
    if (!split.changes()) {
        return text + (would ? " · as it is already" : " · was so already");
    }
    text +=
        " · " + percent_text(split.moved_ppm) + " of visitors " + (would ? "would move" : "move");
    return split.was_tripped ? text + " · clears the guard's trip" : text;
}

std::string plan_text(const WeightPlan& plan, const Change& change,
                      const std::vector<CarriedTrip>& carried, bool dry_run) {
    std::string text;
    for (const PlannedSplit& split : plan.splits) {
        text += split_line(split, dry_run);
        text += plan.splits.size() == 1 && !dry_run ? " · " + change_text(change) + "\n" : "\n";
    }
    if (plan.splits.size() > 1 && !dry_run) {
        text += change_text(change) + "\n";
    }
    text += carried_trips_text(carried);
    return dry_run ? text + "dry run: nothing was published\n" : text;
}

void tell_dashboard(const TablePaths& paths, const WeightPlan& plan, std::uint64_t time_unix_ns) {
    std::vector<Event> events;
    for (const PlannedSplit& split : plan.splits) {
        if (split.changes()) {
            events.push_back({.time_unix_ns = time_unix_ns,
                              .kind = "weights_set",
                              .split = split.after.name,
                              .text = weights_text(split.after)});
        }
    }
    if (const std::string problem = record_events(paths.table, events); !problem.empty()) {
        warn(problem);
    }
}

nlohmann::ordered_json plan_json(const WeightPlan& plan, const Change& change,
                                 const std::vector<CarriedTrip>& carried, bool dry_run) {
    nlohmann::ordered_json json = change_json(change, dry_run);
    std::uint32_t most_moved = 0;
    nlohmann::ordered_json splits = nlohmann::ordered_json::object();
    for (const PlannedSplit& split : plan.splits) {
        most_moved = std::max(most_moved, split.moved_ppm);
        nlohmann::ordered_json entry;
        entry["changed"] = split.changes();
        entry["moved_percent"] = percent_number(split.moved_ppm);
        entry["cleared_trip"] = split.was_tripped;
        for (const table::VariantImage& variant : split.after.variants) {
            entry["weights"][variant.name] = percent_number(variant.weight_ppm);
            entry["states"][variant.name] = state_text(variant.state);
        }
        splits[split.after.name] = std::move(entry);
    }
    json["moved_percent"] = percent_number(most_moved);
    json["splits"] = std::move(splits);
    json["carried_trips"] = carried_trips_json(carried);
    json["warnings"] = plan.warnings;
    return json;
}

}  // namespace

ExitCode run_traffic_set(const TrafficSetOptions& options) {
    const WeightSettings settings = validate(options);
    NginxView nginx(settings.paths.counters);
    if (!options.offline) {
        demand_live_nginx(nginx, ", or publish without proof: --offline");
    }
    std::optional<TableSession> session;
    table::TableImage looked_at;
    if (options.dry_run) {
        looked_at = read_table(settings.paths, Missing::leave_alone);
    } else {
        session.emplace(settings.paths, "teal traffic set",
                        std::chrono::milliseconds(static_cast<long>(settings.timeout_s * 1000.0)));
    }
    table::TableImage& image = session ? session->image() : looked_at;
    WeightPlan plan = plan_weights(image, parse_set_words(options.words, settings.state, image),
                                   nginx, options.offline ? Strictness::warn : Strictness::refuse);
    std::vector<CarriedTrip> carried;
    if (plan.changes()) {
        add_disturbed_experiments(settings.paths, plan);
        carried = carry_trips(image, nginx, plan.split_names());
    }

    Change change;
    change.generation = image.generation;
    const std::uint64_t changed_unix_ns = now_unix_ns();
    if (session) {
        change = publish_and_prove(
            *session, nginx, plan.changes(), !options.offline,
            std::chrono::nanoseconds(static_cast<long long>(settings.timeout_s * 1e9)));
    }
    if (change.published) {
        tell_dashboard(settings.paths, plan, changed_unix_ns);
    }

    for (const std::string& warning : plan.warnings) {
        warn(warning);
    }
    print(options.json ? plan_json(plan, change, carried, options.dry_run).dump() + "\n"
                       : plan_text(plan, change, carried, options.dry_run));
    demand_applied(change, settings.timeout_s);
    return ExitCode::ok;
}

void add_traffic_set(CLI::App& app, ExitCode& result) {
    auto options = std::make_shared<TrafficSetOptions>();
    CLI::App& command = *app.add_subcommand("set", "move traffic between variants");
    command.footer(kTrafficSetHelp);
    command.add_option("words", options->words, "SPLIT VARIANT=PERCENT… [SPLIT VARIANT=PERCENT…]…");
    command.add_option("--state", options->state,
                       "draining, closed or open, for the variants named");
    command.add_option("--timeout", options->timeout,
                       "seconds to wait for the lock, and for all workers (default 10)");
    command.add_flag("--offline", options->offline,
                     "publish without a running nginx, without proof");
    command.add_flag("--dry-run", options->dry_run, "only say what would happen");
    command.add_flag("--json", options->json, "print JSON");
    add_table_options(command, options->table);
    command.callback([options, &result] { result = run_traffic_set(*options); });
}

}  // namespace teal::cli
