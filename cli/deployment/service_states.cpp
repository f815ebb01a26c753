#include "cli/deployment/service_states.hpp"

#include "cli/health/health_report.hpp"

#include <algorithm>

namespace teal::cli {
namespace {

void add(std::vector<ServiceState>& states, const std::vector<Instance>& instances,
         const std::string& side, bool serves) {
    for (const Instance& instance : instances) {
        const auto same = [&](const ServiceState& one) {
            return one.service == instance.service && one.side == side;
        };
        auto place = std::find_if(states.begin(), states.end(), same);
        if (place == states.end()) {
            ServiceState made;
            made.service = instance.service;
            made.side = side;
            made.serves = serves;
            made.state = instance.state;
            place = states.insert(states.end(), made);
        }
        ++place->wanted;
        if (instance.state == InstanceState::running) {
            ++place->running;
            place->started_unix_s = std::max(place->started_unix_s, instance.started_unix_s);
        }
        // An address of an entry is nothing that this short view judges.
        const std::string problem = instance_problem(instance, false);
        if (!problem.empty() && place->problem.empty()) {
            place->problem = label_of(instance) + ": " + problem;
            place->state = instance.state;
        }
    }
}

}  // namespace

std::vector<ServiceState> service_states(const DeploymentOverview& overview) {
    std::vector<ServiceState> states;
    const auto add_color = [&](const ColorOverview& color) {
        const bool serves = overview.active == color.color;
        if (serves || color.running > 0) {
            add(states, color.instances, name_of(color.color), serves);
        }
    };
    const Color first = overview.active.value_or(Color::blue);
    add_color(overview.of(first));
    add_color(overview.of(other(first)));
    add(states, overview.shared, "shared", true);
    return states;
}

}  // namespace teal::cli
