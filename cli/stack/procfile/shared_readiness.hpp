// Waiting for shared processes that say how they are asked: [services.NAME] health. The others
// count as ready when they run.
#pragma once

#include "cli/project/settings.hpp"
#include "cli/stack/procfile/found_process.hpp"
#include "cli/stack/progress.hpp"

#include <chrono>
#include <vector>

namespace teal::cli {

// Throws Error naming the one that did not answer in time, and what it said.
void await_shared(const Settings& settings, const std::vector<FoundProcess>& processes,
                  std::chrono::seconds patience, Progress& progress);

}  // namespace teal::cli
