#include "cli/health/health_check.hpp"

#include "cli/health/examination.hpp"

#include <algorithm>

namespace teal::cli {

HealthReport check_health(Stack& stack, Color color, WithShared shared, double probe_timeout_s,
                          const AskAll& ask) {
    return check_health(stack, stack.definition(), color, shared, probe_timeout_s, ask);
}

HealthReport check_health(Stack& stack, const StackDefinition& definition, Color color,
                          WithShared shared, double probe_timeout_s, const AskAll& ask) {
    const auto begun = std::chrono::steady_clock::now();
    HealthReport report;
    report.instances = look_at(stack, definition, color, shared);
    std::vector<InstanceHealth*> all;
    for (InstanceHealth& health : report.instances) {
        health.hopeless = health.instance.state == InstanceState::exited && !health.healthy();
        all.push_back(&health);
    }
    ask_them(all, probe_timeout_s, ask);
    conclude(report, color);
    report.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    return report;
}

}  // namespace teal::cli
