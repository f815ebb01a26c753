// What is known of a stack's health: of each instance, and in one sentence of all.
#pragma once

#include "cli/health/probe.hpp"
#include "cli/stack/stack.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

struct InstanceHealth {
    Instance instance;
    bool shared = false;
    // Whether the stack is unhealthy without it. Always so for an entry: it is to get traffic.
    bool needed = true;
    std::optional<ProbeSpec> probe{};     // of an entry
    std::optional<ProbeAnswer> answer{};  // the last one
    std::uint32_t successes = 0;          // good answers in a row
    std::string problem{};                // empty: nothing speaks against it
    bool hopeless = false;                // it will not come up by waiting
    std::string last_lines{};             // of its log, when it is part of a failure

    bool healthy() const { return problem.empty(); }
    // An entry that runs and has an address.
    bool can_be_asked() const {
        return probe && instance.state == InstanceState::running && !instance.address.empty();
    }
};

struct HealthReport {
    bool healthy = false;
    bool timed_out = false;  // the time was over; otherwise a failure was certain before that
    double seconds = 0.0;    // how long it took to know
    std::string problem{};   // "web 2: status 503, wanted 200 to 399; worker 1: missing"
    std::vector<InstanceHealth> instances{};

    // Not needed, and not healthy: for a warning.
    std::vector<const InstanceHealth*> tolerated() const;
};

// "web 2"
std::string label_of(const Instance& instance);

// What docker or the process table says against the instance; empty: it runs, and is healthy as
// far as they know. A service without an entry that has ended with 0 has done its work.
std::string instance_problem(const Instance& instance, bool entry);

}  // namespace teal::cli
