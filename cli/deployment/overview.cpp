#include "cli/deployment/overview.hpp"

#include "cli/deployment/deployed_colors.hpp"
#include "cli/error.hpp"
#include "cli/rolling/settle.hpp"

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

TrafficPicture traffic_of(DeployedColors& deployed, TrafficSince& since, double sample_s) {
    const auto splits = chosen_splits(deployed.table, deployed.splits);
    const auto variants = counted_variants(splits, since.nginx);
    const double passed = static_cast<double>(Reading(since.nginx, {}).monotonic_ns() -
                                              since.reading->monotonic_ns()) /
                          1e9;
    if (passed < sample_s) {
        std::this_thread::sleep_for(std::chrono::duration<double>(sample_s - passed));
    }
    Reading now(since.nginx, variants);
    TrafficPicture picture =
        take_picture(deployed.table, splits, since.nginx, &*since.reading, now);
    since.reading.emplace(std::move(now));
    return picture;
}

void look_at_stack(DeploymentOverview& overview, StackInstances& instances) {
    for (ColorOverview& color : overview.colors) {
        if (color.snapshot) {
            color.instances = instances.of(color.color);
            color.running = running_among(color.instances);
        }
    }
    overview.shared = std::move(instances.shared);
    overview.running = running_among(overview.shared);
    overview.wanted = overview.shared.size();
    if (overview.active) {
        const ColorOverview& active = overview.of(*overview.active);
        overview.running += active.running;
        overview.wanted += active.instances.size();
    }
}

void look_at_drift(DeploymentOverview& overview, const DeployedColors& deployed,
                   const StackInstances& instances) {
    for (const Drift& drift : find_drift(deployed.snapshots, deployed.table, instances)) {
        overview.remarks.push_back("the table's endpoints are not what runs: " + drift_text(drift) +
                                   "; teal agent --once mends it");
    }
}

void look_at_history(DeploymentOverview& overview, const Records& records) {
    const std::vector<HistoryEntry> entries = records.history.read();
    for (auto at = entries.rbegin(); at != entries.rend() && overview.recent.size() < kRecent;
         ++at) {
        if (at->outcome == "switched" || at->outcome == "promoted" || at->outcome == "rolled") {
            overview.recent.push_back(*at);
        }
    }
}

}  // namespace

DeploymentOverview take_overview(const Settings& settings, Stack& stack, TrafficSince& since,
                                 double sample_s) {
    DeploymentOverview overview;
    overview.colors[1].color = Color::green;
    const Records records(settings.deployment_directory);
    DeployedColors deployed = find_deployed(settings);
    overview.active = deployed.active;
    overview.remarks = deployed.remarks;
    since.nginx.follow();
    if (deployed.table_problem.empty() && !since.reading) {
        since.reading.emplace(
            since.nginx,
            counted_variants(chosen_splits(deployed.table, deployed.splits), since.nginx));
    }
    for (ColorOverview& color : overview.colors) {
        color.snapshot = deployed.of(color.color).snapshot;
        color.in_table = deployed.of(color.color).in_table();
    }
    const auto serving = overview.active ? overview.of(*overview.active).snapshot : std::nullopt;
    if (const auto previous = served_before(deployed.snapshots, serving ? serving->id : "")) {
        overview.rollback_to = previous->id;
    }
    overview.under_way = deployment_lock_holder(records);
    try_to(overview, [&] { look_at_history(overview, records); });
    try_to(overview, [&] { overview.rolling = unfinished_run(records, overview.active); });
    try_to(overview, [&] {
        StackInstances instances = stack.all_instances();
        if (overview.under_way.empty() && !is_between_instances(records)) {
            look_at_drift(overview, deployed, instances);
        }
        if (!instances.problem.empty()) {
            overview.remarks.push_back(instances.problem);
        }
        look_at_stack(overview, instances);
    });
    if (overview.under_way.empty()) {
        try_to(overview, [&] {
            if (const auto interrupted = look_at_interrupted(records, overview.active)) {
                overview.remarks.push_back(interrupted->text);
            }
        });
    }
    if (deployed.table_problem.empty()) {
        try_to(overview, [&] { overview.traffic = traffic_of(deployed, since, sample_s); });
    }
    return overview;
}

}  // namespace teal::cli
