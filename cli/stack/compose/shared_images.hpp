// Images of shared services, had before anything waits for those services: a build may take longer
// than a health check may.
#pragma once

#include "cli/stack/progress.hpp"
#include "cli/stack/stack.hpp"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace teal::cli::compose {

// Builds or pulls what is not here; what is here stays as it is, since a deployment replaces no
// shared service. `directory`: the project's. Throws Error with docker's words.
void fetch_shared_images(const std::string& project, const SnapshotRef& snapshot,
                         const std::filesystem::path& directory, Progress& progress);

// For replacing shared services: builds those that have a build section (docker's cache makes it
// quick when nothing has changed), pulls what is not here, or all with Fetch::pull. `file`: their
// compose file.
void refresh_shared_images(const std::string& project, const std::filesystem::path& file,
                           const std::filesystem::path& directory,
                           const std::vector<std::string>& services, Fetch fetch,
                           Progress& progress);

// As compose names what it builds, unless the file does.
std::string shared_image(const std::string& project, const std::string& service,
                         const nlohmann::json& resolved);

}  // namespace teal::cli::compose
