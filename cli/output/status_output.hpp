// The short view of a deployment, as text and as JSON.
#pragma once

#include "cli/deployment/overview.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace teal::cli {

std::string status_text(const DeploymentOverview& overview);
// The head of it in a few words, for a log.
std::string status_line(const DeploymentOverview& overview);
nlohmann::ordered_json status_json(const DeploymentOverview& overview);

}  // namespace teal::cli
