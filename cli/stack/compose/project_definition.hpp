// What `docker compose config --format json` says, read as the definition of a stack.
#pragma once

#include "cli/project/settings.hpp"
#include "cli/stack/definition.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli::compose {

// `project` is the resolved project. Does not fill `files`. Throws Error (wrong input) naming the
// service for what colors cannot do: no entry at all, an entry on the host's network, a service
// that refers to one of the other side in a way that only one project could have.
StackDefinition define_stack(const nlohmann::json& project, const Settings& settings);

// Named volumes that the service mounts.
std::vector<std::string> named_volumes(const nlohmann::json& service);
// `scale`, `deploy.replicas`, or nothing when the file says neither.
std::optional<std::uint32_t> replicas_of(const nlohmann::json& service);

}  // namespace teal::cli::compose
