#include "cli/deployment/cleanup.hpp"

#include "cli/deployment/watch.hpp"
#include "cli/error.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <set>

namespace teal::cli {
namespace {

void demand_idle(const DeploymentJob& job, const std::vector<std::string>& splits, Color color) {
    const table::TableImage table = job.table();
    for (const SplitEndpoints& split : endpoints_of(table, splits, color)) {
        if (!split.addresses.empty() && has_weight(table, {split.split}, color)) {
            throw failure(
                fmt::format("{} serves split {}: it is not cleaned up", name_of(color),
                            split.split),
                fmt::format("switch first: teal upgrade switch {}", name_of(other(color))));
        }
    }
}

}  // namespace

CleanupOutcome clean_up(DeploymentJob& job, Color color, const CleanupOptions& options) {
    CleanupOutcome outcome;
    const std::vector<std::string> splits = job.recorded();
    demand_idle(job, splits, color);
    const std::optional<SnapshotMetadata> snapshot = job.deployed(color);
    job.set_target(color, snapshot ? snapshot->id : "", job.serving(splits).active);
    job.begin("drain");
    const double patience = options.force_after_s.value_or(options.drain_timeout_s);
    outcome.cut = drain_color(job.nginx, splits, color, milliseconds_of(patience), job.progress);
    if (outcome.cut > 0 && !options.force_after_s) {
        job.finish("failed", fmt::format("{} requests in flight", outcome.cut), 0);
        throw failure(fmt::format("{} requests of {} are still in flight after {:g} s: it runs on",
                                  outcome.cut, name_of(color), patience),
                      fmt::format("wait, or cut them: teal upgrade cleanup {} --force-after {:g}",
                                  name_of(color), patience));
    }
    job.begin("cleanup");
    const Change change = withdraw(job.terms(), splits, color);
    job.stack.stop(color, std::chrono::seconds(static_cast<long>(job.settings.stop_grace_s)),
                   options.removal, job.progress);
    outcome.pruned = prune_snapshots(job);
    job.finish("cleaned up", outcome.cut > 0 ? fmt::format("{} requests cut", outcome.cut) : "",
               change.generation);
    return outcome;
}

std::vector<std::string> prune_snapshots(DeploymentJob& job) {
    const std::vector<SnapshotMetadata> snapshots = job.records.snapshots.list();
    const std::vector<std::string> splits = recorded_splits(snapshots, job.table());
    const std::optional<Color> active = splits.empty() ? std::nullopt : job.serving(splits).active;
    const std::optional<SnapshotMetadata> serving =
        active ? deployed_on(snapshots, *active) : std::nullopt;
    const std::vector<std::string> old =
        superfluous(snapshots, job.settings.rollback_limit, serving ? serving->id : "");
    // After a rolling update a snapshot runs services from the images of those before it.
    std::set<std::string> needed;
    for (const SnapshotMetadata& snapshot : snapshots) {
        if (std::find(old.begin(), old.end(), snapshot.id) == old.end()) {
            for (const ImageRecord& image : snapshot.images) {
                needed.insert(image.pin);
            }
        }
    }
    for (const std::string& id : old) {
        job.stack.unpin_images(id, needed);
        job.records.snapshots.remove(id);
    }
    return old;
}

}  // namespace teal::cli
