// How a ramp and what happens to it are told.
#pragma once

#include "cli/ramp/ramp_event.hpp"
#include "cli/ramp/ramp_picture.hpp"
#include "cli/ramp/ramp_plan.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace teal::cli {

std::string ramp_status_text(const RampPicture& picture);
nlohmann::ordered_json ramp_status_json(const RampPicture& picture);

// "steps 5 % 100 %, 60 s each"
std::string ramp_terms_text(const RampTerms& terms);
nlohmann::ordered_json steps_json(const RampTerms& terms);

// What would begin.
std::string ramp_plan_text(const RampPlan& plan);
nlohmann::ordered_json ramp_plan_json(const RampPlan& plan);

// "12:30:11  green has 5 %"
std::string event_line(const RampEvent& event);
nlohmann::ordered_json event_json(const RampEvent& event);

}  // namespace teal::cli
