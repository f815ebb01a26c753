// `perform --backup`: the database as it was before the deployment.
#pragma once

#include "cli/deployment/job.hpp"

#include <optional>
#include <string>

namespace teal::cli {

// The backup's id. `label`: empty: "before-green", after the color that is going to be deployed.
// Empty, with a note, when nothing serves yet and no database runs. Throws Error.
std::string backup_before(DeploymentJob& job, const std::string& label, Color target,
                          std::optional<Color> serving);

// Ids of the backups that snapshots refer to: they are not removed.
std::vector<std::string> linked_backups(const Records& records);

}  // namespace teal::cli
