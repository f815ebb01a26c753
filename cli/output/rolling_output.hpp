// A rolling update as people and programs read it: what would be done, and how it ended.
#pragma once

#include "cli/rolling/rolling.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace teal::cli {

std::string rolling_plan_text(const RollingOutcome& plan);
nlohmann::ordered_json rolling_plan_json(const RollingOutcome& plan);

std::string rolling_text(const RollingOutcome& outcome);
nlohmann::ordered_json rolling_json(const RollingOutcome& outcome);

// `alive`: a command is at work on it.
nlohmann::ordered_json rolling_record_json(const RunRecord& record, bool alive);

}  // namespace teal::cli
