// The user's compose files, resolved by compose itself.
#pragma once

#include "cli/process/command.hpp"
#include "cli/project/settings.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace teal::cli::compose {

// A docker compose command on the user's own files, profiles and project name.
Command user_compose(const Settings& settings, const std::vector<std::string>& arguments);

struct ResolvedProject {
    nlohmann::json project;
    std::vector<std::string> warnings{};  // compose's own: "The \"x\" variable is not set. …"
    std::vector<std::string> files{};     // what it was read from
};

// Throws Error (wrong input) with compose's own message. Needs no running engine.
ResolvedProject resolve_project(const Settings& settings);

// The warnings among what compose says on stderr, without time and level.
std::vector<std::string> compose_warnings(const std::string& said);

}  // namespace teal::cli::compose
