// How a change of the table is told.
#pragma once

#include "cli/traffic/change.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace teal::cli {

// "generation 12 · applied by 4 of 4 workers in 0.08 ms"
std::string change_text(const Change& change);
// generation, published_…, applied_…, workers; `dry_run`: what there is to say without publishing.
nlohmann::ordered_json change_json(const Change& change, bool dry_run);

// A line for each, or nothing.
std::string carried_trips_text(const std::vector<CarriedTrip>& carried);
nlohmann::ordered_json carried_trips_json(const std::vector<CarriedTrip>& carried);

}  // namespace teal::cli
