// What `docker compose up` and its like print, told to a Progress.
#pragma once

#include "cli/stack/progress.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace teal::cli::compose {

// For Command::on_line. " Container shop-green-web-1  Started" becomes service "web", "started";
// other lines are details. `progress` must outlive it.
std::function<void(std::string_view)> told_to(Progress& progress, const std::string& project);

}  // namespace teal::cli::compose
