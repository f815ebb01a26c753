// `perform --backup`: the database as it was before the deployment.
#pragma once

#include "cli/deployment/job.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

// The backup's id. `label`: empty: "before-green", after the color that is going to be deployed.
// Empty, with a note, when nothing serves yet and no database runs. Throws Error.
std::string backup_before(DeploymentJob& job, const std::string& label, Color target,
                          std::optional<Color> serving);

// What it would do; changes nothing.
struct PlannedBackup {
    std::string label{};
    std::string none_because{};  // no database runs yet; what follows is empty then
    std::string database{};
    std::string described{};  // "database shop of service postgres (…), PostgreSQL 15.16"
    std::string place{};
    std::string server_version{};
    std::uint64_t database_bytes = 0;
    std::filesystem::path directory{};
    std::size_t keep = 0;  // of this database's backups, the newest; 0: all
};

// Throws Error where `backup_before` would.
PlannedBackup plan_backup(const Settings& settings, Stack& stack, const std::string& label,
                          Color target, std::optional<Color> serving);

// Ids of the backups that snapshots refer to: they are not removed.
std::vector<std::string> linked_backups(const Records& records);

}  // namespace teal::cli
