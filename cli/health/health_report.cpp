#include "cli/health/health_report.hpp"

namespace teal::cli {

std::vector<const InstanceHealth*> HealthReport::tolerated() const {
    std::vector<const InstanceHealth*> found;
    for (const InstanceHealth& each : instances) {
        if (!each.needed && !each.healthy()) {
            found.push_back(&each);
        }
    }
    return found;
}

std::string label_of(const Instance& instance) {
    return instance.service + " " + std::to_string(instance.number);
}

std::string instance_problem(const Instance& instance, bool entry) {
    const auto detail_or = [&](const char* otherwise) {
        return instance.detail.empty() ? otherwise : instance.detail;
    };
    switch (instance.state) {
        case InstanceState::missing:
            return detail_or("missing");
        case InstanceState::exited:
            // Compose's service_completed_successfully: migrations, one-time jobs.
            return !entry && (instance.detail == "exited with 0" || instance.detail == "completed")
                       ? ""
                       : detail_or("exited");
        case InstanceState::starting:
            return detail_or("starting");
        case InstanceState::running:
            break;
    }
    if (!instance.healthy) {
        return detail_or("not healthy yet");
    }
    return entry && instance.address.empty() ? "has no address yet" : "";
}

}  // namespace teal::cli
