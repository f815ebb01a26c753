// A reboot takes the processes of a Procfile, and the containers that have no restart policy. The
// table is restored and still names the color that served; nothing serves it until somebody starts
// it again.
#pragma once

#include "cli/deployment/job.hpp"

#include <optional>
#include <vector>

namespace teal::cli {

// The snapshot that serves by the table, when an entry of it has no instance left, neither running
// nor starting. A standby is left as it is: nobody waits for it. Throws Error when the stack cannot
// be asked.
std::optional<SnapshotMetadata> find_lost(const std::vector<SnapshotMetadata>& snapshots,
                                          const table::TableImage& table, Stack& stack);

// Starts it again as its snapshot says, shared services first, and publishes where it is now.
// Traffic is its own already, so nothing waits for its health. Throws Error.
void revive(DeploymentJob& job, const SnapshotMetadata& lost);

}  // namespace teal::cli
