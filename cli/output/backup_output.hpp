// Backups and restores, for people and as JSON.
#pragma once

#include "cli/database/manifest.hpp"
#include "cli/database/restore.hpp"

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace teal::cli {

// "pre-upgrade-v2.0-20261124-101530 · shop · 12.3 MiB · 3 min ago".
std::string backup_line(const database::Manifest& manifest);

std::string backup_text(const database::Manifest& manifest, const std::filesystem::path& store);
nlohmann::ordered_json backup_json(const database::Manifest& manifest,
                                   const std::filesystem::path& store,
                                   const std::vector<std::string>& linked);

// Newest first. `linked`: ids of those that belong to a snapshot.
std::string backups_text(const std::vector<database::Manifest>& backups,
                         const std::filesystem::path& store,
                         const std::vector<std::string>& linked);
nlohmann::ordered_json backups_json(const std::vector<database::Manifest>& backups,
                                    const std::filesystem::path& store,
                                    const std::vector<std::string>& linked,
                                    const std::vector<std::string>& damaged);

std::string restore_text(const database::Manifest& backup, const database::RestoreOutcome& outcome);
nlohmann::ordered_json restore_json(const database::Manifest& backup,
                                    const database::RestoreOutcome& outcome);

// "teal db restore --backup pre-upgrade-v2.0-20261124-101530".
std::string restore_command(const std::string& backup_id);

}  // namespace teal::cli
