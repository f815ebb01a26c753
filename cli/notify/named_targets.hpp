// The targets a command is about.
#pragma once

#include "cli/project/settings.hpp"

#include <string>

namespace teal::cli {

// The one with this name, or all of them when it is empty. Throws Error: wrong input for a name
// that teal.toml does not have, nothing there when it has no targets at all.
NotifyTargets named_targets(const Settings& settings, const std::string& name);

}  // namespace teal::cli
