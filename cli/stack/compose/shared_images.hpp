// Images of shared services, had before anything waits for those services: a build may take longer
// than a health check may.
#pragma once

#include "cli/stack/progress.hpp"
#include "cli/stack/stack.hpp"

#include <filesystem>
#include <string>

namespace teal::cli::compose {

// Builds or pulls what is not here; what is here stays as it is, since a deployment replaces no
// shared service. `directory`: the project's. Throws Error with docker's words.
void fetch_shared_images(const std::string& project, const SnapshotRef& snapshot,
                         const std::filesystem::path& directory, Progress& progress);

}  // namespace teal::cli::compose
