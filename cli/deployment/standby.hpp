// Making the standby ready: checked beforehand, recorded in a snapshot, started, healthy, and
// answering through nginx. Nothing that serves is touched.
#pragma once

#include "cli/deployment/switching.hpp"

#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

struct StandbyOptions {
    Fetch fetch = Fetch::as_needed;
    bool skip_health = false;
    bool skip_smoke = false;  // whoever switches tests then
    double health_timeout_s = 60;
    double health_interval_s = 2;
};

class Standby {
public:
    Standby(DeploymentJob& job, const StandbyOptions& options) : job_(job), options_(options) {}

    // Which color it is going to be. Throws Error for what would fail later; nothing is changed
    // but that endpoints of running instances are published anew where they had moved.
    void choose();
    // For the snapshot. Before make_ready.
    void set_backup(const std::string& id) { metadata_.backup = id; }
    // Snapshot, images, start, health, smoke. Throws Error; job.phase() says how far it came.
    void make_ready();

    const Target& target() const { return target_; }
    std::optional<Color> active() const { return active_; }
    const std::vector<SmokeAnswer>& smoke() const { return smoke_; }
    // The failing probe and last log lines have been told.
    bool failure_told() const { return failure_told_; }

private:
    void check_preconditions();
    void make_snapshot();
    void bring_up();
    void check_health();
    void test_through_nginx();

    DeploymentJob& job_;
    StandbyOptions options_;
    Target target_;
    std::optional<Color> active_;
    SnapshotMetadata metadata_;
    std::vector<SmokeAnswer> smoke_;
    bool failure_told_ = false;
};

// containers.txt of the snapshot: what its color runs now; saves the metadata.
void record_instances(DeploymentJob& job, SnapshotMetadata& metadata);

// Entries of a definition as snapshots keep them. Throws Error (wrong input) when there is none.
std::vector<SnapshotEntry> snapshot_entries(const StackDefinition& definition);

// Where the next deployment goes, and what serves now. Throws Error (failed) when both colors have
// weight, or splits disagree. REQUIRES: splits not empty.
Color standby_color(const table::TableImage& table, const std::vector<std::string>& splits,
                    std::optional<Color>& active);

}  // namespace teal::cli
