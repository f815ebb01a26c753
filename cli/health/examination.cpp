#include "cli/health/examination.hpp"

#include "cli/error.hpp"

namespace teal::cli {
namespace {

constexpr unsigned kLogLines = 20;
constexpr unsigned kMostLogs = 3;  // the first failures tell it; the others are their echo

InstanceHealth health_of(const Instance& instance, const StackDefinition& definition, bool shared) {
    InstanceHealth health{.instance = instance, .shared = shared};
    // A former version may run services that the project's files no longer have.
    if (const Service* service = definition.find(instance.service); service != nullptr) {
        health.needed = service->critical || service->entry.has_value();
        if (service->entry) {
            health.probe = service->entry->probe;
        }
    }
    health.problem = instance_problem(instance, health.probe.has_value());
    return health;
}

}  // namespace

std::vector<InstanceHealth> look_at(const std::vector<Instance>& instances,
                                    const StackDefinition& definition) {
    std::vector<InstanceHealth> found;
    for (const Instance& instance : instances) {
        found.push_back(health_of(instance, definition, false));
    }
    return found;
}

std::vector<InstanceHealth> look_at(Stack& stack, const StackDefinition& definition, Color color,
                                    WithShared shared) {
    std::vector<InstanceHealth> found = look_at(stack.instances(color), definition);
    if (shared == WithShared::yes) {
        for (const Instance& instance : stack.shared_instances()) {
            found.push_back(health_of(instance, definition, true));
        }
    }
    return found;
}

void ask_them(const std::vector<InstanceHealth*>& due, double timeout_s, const AskAll& ask) {
    std::vector<InstanceHealth*> asked;
    std::vector<ProbeTarget> targets;
    for (InstanceHealth* health : due) {
        if (health->can_be_asked()) {
            asked.push_back(health);
            targets.push_back({.name = label_of(health->instance),
                               .address = health->instance.address,
                               .spec = *health->probe,
                               .timeout_s = timeout_s});
        }
    }
    const std::vector<ProbeAnswer> answers =
        targets.empty() ? std::vector<ProbeAnswer>{} : ask(targets);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        InstanceHealth& health = *asked[i];
        health.answer = answers[i];
        health.successes = answers[i].good ? health.successes + 1 : 0;
        if (health.problem.empty()) {
            health.problem = answers[i].problem;
        }
    }
}

void conclude(HealthReport& report, Color color) {
    report.problem.clear();
    bool needed = false;
    for (const InstanceHealth& health : report.instances) {
        needed = needed || !health.shared;
        if (health.needed && !health.healthy()) {
            report.problem += (report.problem.empty() ? "" : "; ") + label_of(health.instance) +
                              ": " + health.problem;
        }
    }
    if (!needed) {
        report.problem = std::string("nothing is deployed as ") + name_of(color);
    }
    report.healthy = report.problem.empty();
}

void add_last_lines(Stack& stack, HealthReport& report) {
    unsigned added = 0;
    // What ended comes first: what else is wrong may only wait for it.
    for (const bool hopeless : {true, false}) {
        for (InstanceHealth& health : report.instances) {
            const bool blamed = health.needed && !health.healthy() &&
                                health.instance.state != InstanceState::missing;
            if (!blamed || health.hopeless != hopeless || added == kMostLogs) {
                continue;
            }
            ++added;
            try {
                health.last_lines = stack.last_lines(health.instance, kLogLines);
            } catch (const Error& error) {
                health.last_lines = std::string("(its log cannot be read: ") + error.what() + ")";
            }
        }
    }
}

}  // namespace teal::cli
