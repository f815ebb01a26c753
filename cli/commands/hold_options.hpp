// What the commands that hold and release splits have in common.
#pragma once

#include "cli/commands/table_options.hpp"
#include "cli/traffic/hold.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace teal::cli {

// "30s", "500ms", "2m"; more than nothing, at most kLongestHold. Throws Error (wrong input).
std::chrono::nanoseconds parse_longest_hold(const std::string& option, const std::string& text);

// Each once, in their order.
std::vector<std::string> distinct_splits(const std::vector<std::string>& splits);

ChangeTerms hold_terms(const TableOptions& table, const std::string& holder, double timeout_s);

}  // namespace teal::cli
