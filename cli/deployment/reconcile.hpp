// A container that was restarted may have another address, and a replica may have gone or come: the
// table follows what runs.
#pragma once

#include "cli/deployment/job.hpp"

#include <string>
#include <vector>

namespace teal::cli {

// What differs for one split of a color.
struct Drift {
    std::string split;
    Color color = Color::blue;
    std::vector<std::string> in_table;
    std::vector<std::string> running;
};

// Splits in which the table's endpoints of a deployed color are not those of its running
// instances. A color without endpoints in the table (never deployed, or cleaned up) is left alone,
// and so is a split in which nothing runs: wrong addresses are no worse than none, and come back
// when the engine does. Throws Error when the stack cannot be asked.
std::vector<Drift> find_drift(const std::vector<SnapshotMetadata>& snapshots,
                              const table::TableImage& table, Stack& stack);
// The same, for instances that were asked for already.
std::vector<Drift> find_drift(const std::vector<SnapshotMetadata>& snapshots,
                              const table::TableImage& table, const StackInstances& instances);

// Publishes the running instances' addresses. Returns what was mended.
std::vector<Drift> reconcile(DeploymentJob& job);

std::string drift_text(const Drift& drift);

}  // namespace teal::cli
