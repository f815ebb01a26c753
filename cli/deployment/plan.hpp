// What a deployment would do, found out without changing anything.
#pragma once

#include "cli/deployment/backup_before.hpp"
#include "cli/deployment/job.hpp"
#include "cli/deployment/migration_check.hpp"
#include "cli/ramp/ramp.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

struct DeploymentPlan {
    StackDefinition definition;
    Color target = Color::blue;
    std::optional<Color> active;
    std::string active_snapshot;
    std::vector<ImagePlan> images;
    std::vector<std::string> migrations;  // file names, in order
    MigrationCheck migration_check{};     // of those that the serving version does not know
    std::uint64_t disk_needed_bytes = 0;  // an estimate: images like those that are here
    std::uint64_t disk_free_bytes = 0;    // where the deployment directory is
    std::vector<std::string> hindrances;  // what `perform` would refuse to begin with
    std::optional<PlannedBackup> backup{};
    std::optional<RampTerms> ramp{};  // instead of the switch
};

// Options of `perform` that it depends on.
struct PlanRequest {
    bool unsafe_migrations = false;       // they are allowed
    std::optional<std::string> backup{};  // its label; empty: named after the color
    std::optional<RampTerms> ramp{};
};

// Throws Error (wrong input) for project files that cannot be used; what else stands in the way is
// in `hindrances`.
DeploymentPlan plan_deployment(const Settings& settings, Stack& stack,
                               const PlanRequest& request = {});

}  // namespace teal::cli
