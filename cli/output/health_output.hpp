// A health check as text and as JSON.
#pragma once

#include "cli/deployment/color_health.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace teal::cli {

// `detailed`: addresses, times and certificates, too.
std::string health_text(const DeploymentHealth& health, bool detailed);
nlohmann::ordered_json health_json(const DeploymentHealth& health);

// "200 in 1.2 ms", "connected in 0.3 ms", "no: connection refused".
std::string answer_text(const ProbeAnswer& answer);
nlohmann::ordered_json answer_json(const ProbeAnswer& answer);

// Whole days from now; negative: expired.
std::int64_t days_until(std::int64_t unix_s);

}  // namespace teal::cli
