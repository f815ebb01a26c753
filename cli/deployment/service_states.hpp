// Instances summed up by service, as `teal status` shows them.
#pragma once

#include "cli/deployment/overview.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace teal::cli {

struct ServiceState {
    std::string service;
    std::string side;     // "blue", "green", "shared"
    bool serves = false;  // of the color that serves, or shared
    std::size_t running = 0;
    std::size_t wanted = 0;
    InstanceState state = InstanceState::running;  // of the instance that is worst off
    std::string problem{};                         // "web 2: unhealthy"; empty: none
    std::int64_t started_unix_s = 0;               // of the youngest that runs; 0: none does
};

// The serving color's, the other color's as far as something of it runs, and the shared ones.
std::vector<ServiceState> service_states(const DeploymentOverview& overview);

}  // namespace teal::cli
