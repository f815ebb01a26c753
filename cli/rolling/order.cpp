#include "cli/rolling/order.hpp"

#include "cli/database/target.hpp"
#include "cli/error.hpp"
#include "cli/rolling/criticality.hpp"
#include "cli/suggestion.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <set>

namespace teal::cli {
namespace {

bool has_name(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// A service and all that it depends on, itself or through others.
std::set<std::string> needs_of(const StackDefinition& stack, const std::string& service) {
    std::set<std::string> needs;
    std::vector<std::string> open{service};
    while (!open.empty()) {
        const std::string name = open.back();
        open.pop_back();
        const Service* known = stack.find(name);
        if (known == nullptr || !needs.insert(name).second) {
            continue;
        }
        open.insert(open.end(), known->depends_on.begin(), known->depends_on.end());
    }
    return needs;
}

void choose_means(PlannedStep& step, const Service& service) {
    if (service.job) {
        step.means = Means::job;
        step.means_reason = "another service waits for its end";
    } else if (service.shared) {
        step.means = Means::in_place;
        step.means_reason = "exists once: " + service.reason;
    } else if (service.entry) {
        step.means = Means::beside;
        step.means_reason = "nginx is told where it is";
    } else if (!service.only_once.empty()) {
        step.means = Means::in_place;
        step.means_reason = service.only_once;
    } else {
        step.means = Means::beside;
        step.means_reason = "keeps nothing of its own";
    }
}

PlannedStep step_for(const StackDefinition& stack, const Comparison& compared, bool force) {
    PlannedStep step;
    step.service = compared.service;
    step.shared = compared.shared;
    step.difference = compared.difference;
    step.known = compared.known;
    step.fresh = !compared.was_there;
    const Service* service = stack.find(compared.service);
    if (!compared.in_target || service == nullptr) {
        step.phase = 2;
        step.means = Means::removal;
        step.means_reason = step.phase_reason = "no longer part of the project";
        return step;
    }
    const Criticality criticality = criticality_of(*service);
    step.phase = criticality.critical ? 2 : 1;
    step.phase_reason = criticality.reason;
    step.replicas = service->replicas;
    if (step.difference.empty() && force) {
        step.difference = "as asked";
    }
    if (step.difference.empty() && step.known) {
        step.means_reason = "nothing differs";
        return step;
    }
    choose_means(step, *service);
    if (step.means == Means::in_place) {
        step.held = splits_needing(stack, step.service);
    }
    return step;
}

// Each after those of the list that it needs; among equals by name. A file whose dependencies go in
// a circle is refused by compose.
std::vector<PlannedStep> sorted(const StackDefinition& stack, std::vector<PlannedStep> steps) {
    std::vector<PlannedStep> ordered;
    while (!steps.empty()) {
        auto next = std::find_if(steps.begin(), steps.end(), [&](const PlannedStep& step) {
            const std::set<std::string> needs = needs_of(stack, step.service);
            return std::none_of(steps.begin(), steps.end(), [&](const PlannedStep& waiting) {
                return waiting.service != step.service && needs.contains(waiting.service);
            });
        });
        next = next == steps.end() ? steps.begin() : next;
        ordered.push_back(std::move(*next));
        steps.erase(next);
    }
    return ordered;
}

void note_conflicts(const StackDefinition& stack, RollingOrder& order) {
    for (const PlannedStep& step : order.steps) {
        if (step.phase != 1 || step.means == Means::up_to_date) {
            continue;
        }
        for (const std::string& need : needs_of(stack, step.service)) {
            const PlannedStep* later = order.find(need);
            if (later != nullptr && later->phase == 2 && later->means != Means::up_to_date &&
                later->means != Means::removal) {
                order.notes.push_back(fmt::format(
                    "{} depends on {}, which is critical: it is updated before {} all the same "
                    "(teal.critical: \"true\" on {} puts it after)",
                    step.service, need, need, step.service));
            }
        }
    }
}

// What a newer version does to its files cannot be taken back by an older one.
void note_databases(const StackDefinition& stack, RollingOrder& order) {
    for (const Service* service : database::database_services(stack)) {
        const PlannedStep* step = order.find(service->name);
        if (step != nullptr && !step->fresh && step->means == Means::in_place) {
            order.notes.push_back(fmt::format(
                "{} has a database, of which a rolling update makes no backup: teal db backup, "
                "before it",
                service->name));
        }
    }
}

}  // namespace

const char* name_of(Means means) {
    constexpr const char* kNames[] = {"up to date", "beside", "in place", "job", "removed"};
    return kNames[static_cast<unsigned>(means)];
}

const PlannedStep* RollingOrder::find(const std::string& service) const {
    for (const PlannedStep& step : steps) {
        if (step.service == service) {
            return &step;
        }
    }
    return nullptr;
}

bool RollingOrder::changes_anything() const {
    return std::any_of(steps.begin(), steps.end(),
                       [](const PlannedStep& step) { return step.means != Means::up_to_date; });
}

std::vector<std::string> splits_needing(const StackDefinition& stack, const std::string& service) {
    std::vector<std::string> splits;
    for (const Service* entry : stack.entries()) {
        if (needs_of(stack, entry->name).contains(service) &&
            !has_name(splits, entry->entry->split)) {
            splits.push_back(entry->entry->split);
        }
    }
    return splits;
}

void demand_services(const StackDefinition& stack, const std::vector<std::string>& asked) {
    std::vector<std::string> names;
    for (const Service& service : stack.services) {
        names.push_back(service.name);
    }
    for (const std::string& name : asked) {
        if (!has_name(names, name)) {
            throw wrong_input("there is no service \"" + name + "\"" + did_you_mean(name, names),
                              "there are: " + listed(names));
        }
    }
}

RollingOrder order_services(const StackDefinition& stack, const std::vector<Comparison>& compared,
                            const std::vector<std::string>& asked, bool force) {
    demand_services(stack, asked);
    std::vector<PlannedStep> phases[3];
    for (const Comparison& one : compared) {
        if (!asked.empty() && !has_name(asked, one.service)) {
            continue;
        }
        PlannedStep step = step_for(stack, one, force);
        const int place = step.means == Means::removal ? 2 : step.phase - 1;
        phases[place].push_back(std::move(step));
    }
    RollingOrder order;
    for (std::vector<PlannedStep>& phase : phases) {
        for (PlannedStep& step : sorted(stack, std::move(phase))) {
            order.steps.push_back(std::move(step));
        }
    }
    note_conflicts(stack, order);
    note_databases(stack, order);
    return order;
}

}  // namespace teal::cli
