// Values that `teal ab` commands take.
#pragma once

#include "cli/traffic/weights.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace teal::cli {

// "a=50,b=50"; empty: none. Throws Error (wrong input).
std::vector<NamedVariant> parse_weights(const std::string& text);
// Percent, in parts per million. Throw Error (wrong input).
std::uint32_t parse_alpha(const std::string& text);   // above 0, at most 50 %
std::uint32_t parse_effect(const std::string& text);  // 0.1 to 100 %

}  // namespace teal::cli
