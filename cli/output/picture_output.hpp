// A picture of the traffic as text and as JSON: `teal traffic show` and `watch`.
#pragma once

#include "cli/traffic/picture.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace teal::cli {

std::string picture_text(const TrafficPicture& picture);
nlohmann::ordered_json picture_json(const TrafficPicture& picture);

}  // namespace teal::cli
