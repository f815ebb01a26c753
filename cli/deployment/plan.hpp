// What a deployment would do, found out without changing anything.
#pragma once

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
    std::optional<RampTerms> ramp{};      // instead of the switch
};

// Throws Error (wrong input) for project files that cannot be used; what else stands in the way is
// in `hindrances`; migrations that are not safe only unless `unsafe_migrations` are allowed.
DeploymentPlan plan_deployment(const Settings& settings, Stack& stack,
                               bool unsafe_migrations = false);

}  // namespace teal::cli
