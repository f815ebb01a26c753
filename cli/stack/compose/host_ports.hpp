// The host ports that a compose file asks for.
#pragma once

#include "cli/stack/definition.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace teal::cli::compose {

struct HostPort {
    std::string service;
    std::string address{};  // empty: all
    std::uint32_t port = 0;
    // Of a shared service, which publishes it; the others' are left out in colors, and are nginx's
    // to take.
    bool shared = false;
};

// TCP only. `project` as resolved by compose. Ranges count with each port.
std::vector<HostPort> host_ports(const nlohmann::json& project, const StackDefinition& stack);

}  // namespace teal::cli::compose
