// Everything before the first service is touched: what a run may begin with, its snapshot, the
// images, what differs, and the record.
#pragma once

#include "cli/deployment/switching.hpp"
#include "cli/rolling/order.hpp"
#include "cli/rolling/run.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

class RunPreparation {
public:
    // `back_to`: a snapshot's id, for a rollback; empty: what the project's files say.
    RunPreparation(DeploymentJob& job, const RollingOptions& options, std::string back_to);

    // Throws Error for what would fail later. Settles a killed run.
    void check();
    // Snapshot, images, comparison. Throws Error; drop_run() then.
    void make_run();
    // Removes the run's snapshot again: nothing runs from it.
    void drop_run();
    // The color holds the run's snapshot from now on, which says the same as before yet.
    RollingRun& begin_run();
    // What the services run from: those that are done from the run's images, the others, whose
    // images are pinned by the snapshots before, from theirs. `both`: any of them may yet be
    // either.
    std::vector<ImageRecord> images_of(const RunRecord& record, bool both) const;

    Color color() const { return color_; }
    const SnapshotMetadata& before() const { return before_; }
    const RollingOrder& order() const { return order_; }
    const std::vector<SnapshotEntry>& target_entries() const { return target_entries_; }

private:
    void read_target();
    void check_project();
    void check_migrations();
    void demand_same_splits() const;
    void fetch_images();

    DeploymentJob& job_;
    const RollingOptions& options_;
    std::string back_to_;
    Color color_ = Color::blue;
    SnapshotMetadata before_;
    std::string from_;
    std::uint64_t started_unix_ns_ = 0;
    StackDefinition definition_;  // of the target
    StackDefinition target_health_;
    StackDefinition before_health_;
    std::vector<SnapshotEntry> target_entries_;
    std::vector<SnapshotFile> files_;
    SnapshotMetadata metadata_;
    std::unique_ptr<Replacing> replacing_;
    RollingOrder order_;
    std::optional<RunRecord> unfinished_;
    std::unique_ptr<RollingRun> run_;
};

// Entries and services as a rollback's target has them, where the project's files may say otherwise
// by now.
StackDefinition definition_for(const SnapshotMetadata& snapshot, const StackDefinition& project);

}  // namespace teal::cli
