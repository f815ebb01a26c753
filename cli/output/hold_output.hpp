// What pausing and resuming a split did.
#pragma once

#include "cli/traffic/hold.hpp"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace teal::cli {

struct HoldReport {
    bool dry_run = false;
    HoldChange result;
    std::optional<std::uint64_t> in_flight;  // looked at; 0: drained
    double drained_after_ms = 0;
    std::uint64_t waiting = 0;  // requests that a release lets go on
};

std::string pause_text(const HoldReport& report);
nlohmann::ordered_json pause_json(const HoldReport& report);
std::string resume_text(const HoldReport& report);
nlohmann::ordered_json resume_json(const HoldReport& report);

}  // namespace teal::cli
