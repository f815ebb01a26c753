// The number that comes with a conversion.
#pragma once

#include "nginx-module/configuration.hpp"

namespace teal::nginx {

// Bigger ones are no order value but a mistake, and a single one would drown all others in the
// sums.
inline constexpr double kMostGoalValue = 1e12;

// False when the line's value is empty, or no decimal number between -1e12 and 1e12, which is said
// in the log at level info: a visitor may have sent it, and must not be able to fill the log.
// REQUIRES: line.value.
bool read_goal_value(ngx_http_request_t* r, const GoalLine& line, double* value);

}  // namespace teal::nginx
