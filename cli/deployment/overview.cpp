#include "cli/deployment/overview.hpp"

#include "cli/error.hpp"
#include "cli/traffic/table_session.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <thread>

namespace teal::cli {
namespace {

constexpr std::size_t kRecent = 5;

// What fails becomes a remark: a status has to come when things are broken.
template <typename Action>
void try_to(DeploymentOverview& overview, Action action) {
    try {
        action();
    } catch (const Error& error) {
        overview.remarks.emplace_back(error.what());
    }
}

std::size_t running_among(const std::vector<Instance>& instances) {
    return static_cast<std::size_t>(std::count_if(
        instances.begin(), instances.end(),
        [](const Instance& instance) { return instance.state == InstanceState::running; }));
}

TrafficPicture traffic_of(table::TableImage& table, const std::vector<std::string>& names,
                          const NginxView& nginx, const Reading& before, double sample_s) {
    const auto splits = chosen_splits(table, names);
    const auto variants = counted_variants(splits, nginx);
    const double passed =
        static_cast<double>(Reading(nginx, {}).monotonic_ns() - before.monotonic_ns()) / 1e9;
    if (passed < sample_s) {
        std::this_thread::sleep_for(std::chrono::duration<double>(sample_s - passed));
    }
    return take_picture(table, splits, nginx, &before, Reading(nginx, variants));
}

void look_at_stack(DeploymentOverview& overview, Stack& stack) {
    for (ColorOverview& color : overview.colors) {
        if (color.snapshot) {
            color.instances = stack.instances(color.color);
            color.running = running_among(color.instances);
        }
    }
    overview.shared = stack.shared_instances();
    overview.running = running_among(overview.shared);
    overview.wanted = overview.shared.size();
    if (overview.active) {
        const ColorOverview& active = overview.of(*overview.active);
        overview.running += active.running;
        overview.wanted += active.instances.size();
    }
}

void look_at_history(DeploymentOverview& overview, const Records& records) {
    const std::vector<HistoryEntry> entries = records.history.read();
    for (auto at = entries.rbegin(); at != entries.rend() && overview.recent.size() < kRecent;
         ++at) {
        if (at->outcome == "switched") {
            overview.recent.push_back(*at);
        }
    }
}

}  // namespace

DeploymentOverview take_overview(const Settings& settings, Stack& stack, double sample_s) {
    DeploymentOverview overview;
    overview.colors[1].color = Color::green;
    const Records records(settings.deployment_directory);
    const TablePaths paths = table_paths(settings.table, settings.counters);
    const NginxView nginx(paths.counters);
    std::vector<std::string> damaged;
    const std::vector<SnapshotMetadata> snapshots = records.snapshots.list(&damaged);
    overview.remarks = damaged;
    table::TableImage table;
    std::vector<std::string> splits;
    std::optional<Reading> before;
    try_to(overview, [&] {
        table = read_table(paths, Missing::leave_alone);
        splits = recorded_splits(snapshots, table);
        overview.active = splits.empty() ? std::nullopt : serving_state(table, splits).active;
        before.emplace(nginx, counted_variants(chosen_splits(table, splits), nginx));
    });
    for (ColorOverview& color : overview.colors) {
        color.snapshot = deployed_on(snapshots, color.color);
        for (const SplitEndpoints& split : endpoints_of(table, splits, color.color)) {
            color.in_table = color.in_table || !split.addresses.empty();
        }
    }
    const auto serving = overview.active ? overview.of(*overview.active).snapshot : std::nullopt;
    if (const auto previous = served_before(snapshots, serving ? serving->id : "")) {
        overview.rollback_to = previous->id;
    }
    overview.under_way = deployment_lock_holder(records);
    try_to(overview, [&] { look_at_stack(overview, stack); });
    try_to(overview, [&] { look_at_history(overview, records); });
    if (overview.under_way.empty()) {
        try_to(overview, [&] {
            if (const auto interrupted = look_at_interrupted(records, overview.active)) {
                overview.remarks.push_back(interrupted->text);
            }
        });
        try_to(overview, [&] {
            for (const Drift& drift : find_drift(snapshots, table, stack)) {
                overview.remarks.push_back("the table's endpoints are not what runs: " +
                                           drift_text(drift) + "; teal agent --once mends it");
            }
        });
    }
    if (before) {
        try_to(overview,
               [&] { overview.traffic = traffic_of(table, splits, nginx, *before, sample_s); });
    }
    return overview;
}

}  // namespace teal::cli
