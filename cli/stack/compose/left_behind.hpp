// What a killed command left behind in docker and compose, settled before the next one begins.
//
// A compose command outlives us: docker 20.10 takes the signal that our death sends it and waits
// for its plugin, which never hears of it. So each command that changes something carries a mark in
// its environment, and is found and ended by the next one. The alternative, to wait until it is
// done, could wait for a build that is not wanted any more.
#pragma once

#include "cli/process/command.hpp"

#include <string>

namespace teal::cli::compose {

// `project`: the compose project that the command works on ("shop-green").
void mark(Command& command, const std::string& project);

// Ends the marked commands of the project. REQUIRES: the deployment lock, so that they are
// nobody's; none of our own runs.
void end_left_behind(const std::string& project);

// Compose replaces a container by one under a name of its own, "0123456789ab_shop-green-web-1",
// which it changes last. One that kept it is in the way of the next replacement, and is removed.
void remove_half_replaced(const std::string& project);

}  // namespace teal::cli::compose
