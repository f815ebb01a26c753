// A picture of the traffic as text and as JSON: `teal traffic show` and `watch`.
#pragma once

#include "cli/traffic/picture.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace teal::cli {

std::string picture_text(const TrafficPicture& picture);
nlohmann::ordered_json picture_json(const TrafficPicture& picture);

// "held: 12 requests wait, 23.4 s left"; empty for a split that is not held.
std::string held_line(const SplitPicture& split);

}  // namespace teal::cli
