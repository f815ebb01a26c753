// Ending processes that are not our children.
#pragma once

#include "cli/stack/procfile/found_process.hpp"

#include <chrono>
#include <vector>

namespace teal::cli {

// SIGTERM to all of them at once, each whole process group; SIGKILL to those that are still there
// after `grace`. Returns when all are gone. Throws Error naming what cannot be ended.
void end_processes(const std::vector<FoundProcess>& processes, std::chrono::milliseconds grace);

}  // namespace teal::cli
