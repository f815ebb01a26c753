// How a simulated ramp is shown.
#pragma once

#include "cli/ramp/simulation.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace teal::cli {

std::string simulation_text(const SimulationPlan& plan, const SimulationResult& result);
nlohmann::ordered_json simulation_json(const SimulationPlan& plan, const SimulationResult& result);

}  // namespace teal::cli
