#include "cli/deployment/revival.hpp"

#include "cli/deployment/switching.hpp"

#include <algorithm>

namespace teal::cli {
namespace {

bool is_lost(const SnapshotEntry& entry, const std::vector<Instance>& instances) {
    return std::none_of(instances.begin(), instances.end(), [&](const Instance& instance) {
        return instance.service == entry.service && (instance.state == InstanceState::running ||
                                                     instance.state == InstanceState::starting);
    });
}

}  // namespace

std::optional<SnapshotMetadata> find_lost(const std::vector<SnapshotMetadata>& snapshots,
                                          const table::TableImage& table, Stack& stack) {
    const std::vector<std::string> splits = recorded_splits(snapshots, table);
    const std::optional<Color> active =
        splits.empty() ? std::nullopt : serving_state(table, splits).active;
    std::optional<SnapshotMetadata> serving =
        active ? deployed_on(snapshots, *active) : std::nullopt;
    if (!serving) {
        return std::nullopt;
    }
    const std::vector<Instance> instances = stack.instances(*active);
    const bool lost =
        std::any_of(serving->entries.begin(), serving->entries.end(),
                    [&](const SnapshotEntry& entry) { return is_lost(entry, instances); });
    return lost ? serving : std::nullopt;
}

void revive(DeploymentJob& job, const SnapshotMetadata& lost) {
    job.set_target(lost.color, lost.id, lost.color);
    job.begin("revive");
    const SnapshotRef ref = job.records.snapshots.ref(lost.id);
    job.stack.start_shared(
        ref, std::chrono::seconds(static_cast<long>(job.settings.health_timeout_s)), job.progress);
    job.stack.bring_up(lost.color, ref, job.progress);
    announce_instances(job, {lost.color, lost.id, lost.entries});
    job.finish("revived", "nothing of it ran", 0);
}

}  // namespace teal::cli
