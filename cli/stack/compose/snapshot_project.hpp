// The compose files of a snapshot, read back.
#pragma once

#include "cli/stack/compose/stack_roles.hpp"
#include "cli/stack/stack.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace teal::cli::compose {

inline constexpr char kColorFile[] = "docker-compose.yml";
inline constexpr char kSharedFile[] = "shared-compose.yml";

struct SnapshotProject {
    nlohmann::json file;
    StackRoles roles;
    Color color;
    std::string name;  // of the color's project: "shop-green"
};

// Throws Error naming the file when it is missing or is not one that we wrote.
SnapshotProject read_snapshot(const SnapshotRef& snapshot);
// The same, and the color must be this one.
SnapshotProject read_snapshot(const SnapshotRef& snapshot, Color color);

// JSON, which is YAML as well, so that it can be read back without a second parser of YAML.
std::string compose_text(const nlohmann::json& file);

// The project's .env for a snapshot. Compose reads it when the file beside it is used by hand: what
// it says about the project's name must not make the color another project.
std::string snapshot_env(const std::string& env, const std::string& project_name);

}  // namespace teal::cli::compose
