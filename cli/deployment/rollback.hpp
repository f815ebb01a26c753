// `teal upgrade rollback`: back to what served before. At once when that still runs, which is
// tested through nginx and not assumed; else brought back from its snapshot, by image digest,
// health-checked, and then switched to. After a rolling update there is no other color to switch
// to: the services are rolled back to what they were, one after the other.
#pragma once

#include "cli/deployment/job.hpp"
#include "cli/deployment/smoke.hpp"
#include "cli/rolling/rolling.hpp"

#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

struct RollbackOptions {
    std::string to{};  // a snapshot's id; empty: what served before
    double health_timeout_s = 60;
    double health_interval_s = 2;
    double drain_timeout_s = 30;
};

struct RollbackOutcome {
    Color target = Color::blue;
    std::optional<Color> from;
    std::string snapshot;
    bool was_serving = false;   // nothing had to be done
    bool brought_back = false;  // its stack had to be started from the snapshot
    // Taken before what is left now was deployed; empty: none was.
    std::string backup{};
    std::string why_not_instant;
    Change change;
    std::vector<SmokeAnswer> smoke;
    double seconds = 0;
    // What serves came by a rolling update: back the same way, in the same color.
    std::optional<RollingOutcome> rolled{};
};

// Throws Error; deployment_failed when the former version could not be brought to serve.
RollbackOutcome roll_back(DeploymentJob& job, const RollbackOptions& options);

}  // namespace teal::cli
