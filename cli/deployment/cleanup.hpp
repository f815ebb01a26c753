// Stopping a color that does not serve, and pruning snapshots.
#pragma once

#include "cli/deployment/job.hpp"

#include <optional>

namespace teal::cli {

struct CleanupOptions {
    Removal removal = Removal::keep;
    double drain_timeout_s = 30;
    // Requests still in flight after so long are cut; nothing: never.
    std::optional<double> force_after_s{};
};

struct CleanupOutcome {
    std::uint64_t cut = 0;  // requests that were in flight when it was stopped
    std::vector<std::string> pruned;
};

// Throws Error (failed) when the color serves, or when requests are still in flight after the
// drain timeout and nothing says to cut them; the color runs on then.
CleanupOutcome clean_up(DeploymentJob& job, Color color, const CleanupOptions& options);

// Removes what ROLLBACK_LIMIT makes superfluous, images' pins included. Returns their ids.
std::vector<std::string> prune_snapshots(DeploymentJob& job);

}  // namespace teal::cli
