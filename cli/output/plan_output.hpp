// A deployment plan as text and as JSON.
#pragma once

#include "cli/deployment/plan.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace teal::cli {

std::string plan_text(const DeploymentPlan& plan);
nlohmann::ordered_json plan_json(const DeploymentPlan& plan);

}  // namespace teal::cli
