// Shared services on the networks of a color: connected under the names they have on the shared
// project's own networks. All of it is read from docker, so it can be put right at any time, also
// after somebody replaced a shared service's container.
#pragma once

#include "cli/stack/color.hpp"
#include "cli/stack/compose/stack_roles.hpp"
#include "cli/stack/progress.hpp"

#include <set>
#include <string>

namespace teal::cli::compose {

// On each network that both projects have under the same key. Connected ones are left alone.
// Throws Error.
void connect_shared(const std::string& project, Color color, const std::set<std::string>& services);
// All shared services, after one of them was replaced, with the color that serves and with the
// other one; where that cannot be done for the other one, it is said. Throws Error.
void reconnect_shared(const StackRoles& roles, Color serving, Progress& progress);
// Whatever of the shared project is on the color's networks, which cannot be removed before.
void disconnect_shared(const std::string& project, Color color);

}  // namespace teal::cli::compose
