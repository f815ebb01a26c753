// Is there a canary at all? After a reboot a ramp's file and the table say that it has traffic,
// while its processes may still be starting, or be gone.
#pragma once

#include "cli/ramp/ramp.hpp"
#include "cli/traffic/table_paths.hpp"

#include <string>

namespace teal::cli {

// What no endpoint accepts a connection of, in words; empty when every split's canary has one that
// does. Canaries served by an upstream{} of nginx.conf are nginx's business and not asked. Throws
// Error.
std::string why_canary_is_absent(const TablePaths& paths, const Ramp& ramp);

}  // namespace teal::cli
