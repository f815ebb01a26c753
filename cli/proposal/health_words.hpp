// The health check that a compose file has already, as words for Teal's own.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>

namespace teal::cli {

struct HealthWords {
    std::string words = "/";  // parse_probe()'s; "/" when the check asks for no URL of its own
    std::uint32_t port = 0;   // that it asks; 0: none, or the scheme's own
};

// `service` as resolved by compose. Finds the URL that curl or wget asks in `healthcheck.test`.
HealthWords health_of(const nlohmann::json& service);

}  // namespace teal::cli
