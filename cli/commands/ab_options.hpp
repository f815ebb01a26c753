// Values that `teal ab` commands take, and what they have in common.
#pragma once

#include "cli/events/event_log.hpp"
#include "cli/traffic/table_paths.hpp"
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

// Puts it on the dashboard; what goes wrong is a warning.
void tell_dashboard(const TablePaths& paths, const Event& event);

}  // namespace teal::cli
