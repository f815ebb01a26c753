// What ties one service to another in a way that needs both in one project.
#pragma once

#include "cli/stack/definition.hpp"

#include <nlohmann/json_fwd.hpp>

namespace teal::cli::compose {

// Throws Error (wrong input) when links, network_mode, volumes_from, pid or ipc of a color's
// service name a shared one, or the other way round, and when an entry has no network of its own.
void check_references(const nlohmann::json& project, const StackDefinition& stack);

}  // namespace teal::cli::compose
