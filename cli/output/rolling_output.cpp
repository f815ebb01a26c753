#include "cli/output/rolling_output.hpp"

#include "cli/output/screen.hpp"
#include "cli/output/text_table.hpp"
#include "cli/suggestion.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kRollingPhases[] = {"Phase 1: non-critical services",
                                          "Phase 2: critical services (one at a time)"};

std::string how_text(const PlannedStep& step) {
    if (step.means == Means::up_to_date) {
        return "up to date";
    }
    return fmt::format("{} ({}){}", name_of(step.means), step.means_reason,
                       step.held.empty() ? "" : "; requests of " + listed(step.held) + " wait");
}

std::string difference_text(const PlannedStep& step) {
    const std::string built = "known when its image is built";
    return step.known ? (step.difference.empty() ? "-" : step.difference)
                      : (step.difference.empty() ? built : step.difference + "; image: " + built);
}

std::string phase_table(const RollingOutcome& plan, int phase) {
    TextTable rows("lrlll");
    rows.add({"SERVICE", "N", "BECAUSE", "DIFFERS", "HOW"});
    bool any = false;
    for (const PlannedStep& step : plan.order.steps) {
        if (step.phase == phase) {
            any = true;
            rows.add({step.service, std::to_string(step.replicas), step.phase_reason,
                      difference_text(step), how_text(step)});
        }
    }
    return any ? rows.text("  ") : "  none\n";
}

std::string names_text(const RunRecord& record, StepState state) {
    std::string names;
    for (const StepRecord& step : record.steps) {
        if (step.state == state) {
            names += (names.empty() ? "" : ", ") + step.service;
        }
    }
    return names;
}

std::string rolling_line(const char* title, const std::string& text) {
    return text.empty() ? "" : fmt::format("  {:<11} {}\n", title, text);
}

Json shown_step_json(const StepRecord& step) {
    Json json{{"service", step.service},
              {"phase", step.phase},
              {"means", step.means},
              {"state", name_of(step.state)},
              {"seconds", step.seconds}};
    if (!step.problem.empty()) {
        json["problem"] = step.problem;
        json["restored"] = step.restored;
    }
    if (step.downtime_s > 0) {
        json["downtime_s"] = step.downtime_s;
        json["requests_held"] = step.held;
        json["longest_hold_s"] = step.longest_hold_s;
    }
    if (step.left_in_flight > 0) {
        json["left_in_flight"] = step.left_in_flight;
    }
    return json;
}

std::string stopped_text(const RollingOutcome& outcome) {
    const RunRecord& record = outcome.record;
    std::string text = coloured("the rolling update stopped", Colour::red) +
                       fmt::format(" ({}) after {:.1f} s\n", record.snapshot, outcome.seconds);
    text += rolling_line("done", names_text(record, StepState::done));
    text += rolling_line("up to date", names_text(record, StepState::up_to_date));
    for (const StepRecord& step : record.steps) {
        if (step.state == StepState::failed) {
            text += rolling_line("failed", step.service + ": " + step.problem);
            text += rolling_line("", step.restored ? step.service + " runs as before"
                                                   : step.service + " is NOT as it was before");
        }
    }
    text += rolling_line("not begun", names_text(record, StepState::waiting));
    return text +
           "  next: correct it, then teal upgrade rolling --continue; or back, with what is "
           "done: teal upgrade rollback\n";
}

}  // namespace

std::string rolling_plan_text(const RollingOutcome& plan) {
    std::string text = fmt::format("{} serves ({}); its services would be updated\n",
                                   name_of(plan.color), plan.from);
    for (const int phase : {1, 2}) {
        text += fmt::format("\n{}\n{}", kRollingPhases[phase - 1], phase_table(plan, phase));
    }
    for (const std::string& note : plan.order.notes) {
        text += "\n" + note + "\n";
    }
    if (plan.record.state != RunState::done) {
        text += "\ncarries on what was " + summary_of(plan.record, false) + "\n";
    }
    return text + "\nnothing was changed\n";
}

Json rolling_plan_json(const RollingOutcome& plan) {
    Json json{{"dry_run", true},
              {"color", name_of(plan.color)},
              {"from", plan.from},
              {"services", Json::array()},
              {"notes", plan.order.notes}};
    for (const PlannedStep& step : plan.order.steps) {
        json["services"].push_back({{"service", step.service},
                                    {"phase", step.phase},
                                    {"phase_reason", step.phase_reason},
                                    {"means", name_of(step.means)},
                                    {"means_reason", step.means_reason},
                                    {"difference", step.difference},
                                    {"known", step.known},
                                    {"shared", step.shared},
                                    {"replicas", step.replicas},
                                    {"held_splits", step.held}});
    }
    return json;
}

std::string rolling_text(const RollingOutcome& outcome) {
    if (outcome.snapshot.empty()) {
        return fmt::format("{} is up to date ({}): nothing was changed\n", name_of(outcome.color),
                           outcome.from);
    }
    if (outcome.stopped) {
        return stopped_text(outcome);
    }
    const std::size_t same = outcome.record.count(StepState::up_to_date);
    return fmt::format(
        "{} is updated ({}): {} of {} services{} · {:.1f} s\n"
        "back with: teal upgrade rollback\n",
        name_of(outcome.color), outcome.snapshot, outcome.record.count(StepState::done),
        outcome.record.steps.size(), same > 0 ? fmt::format(", {} up to date", same) : "",
        outcome.seconds);
}

Json rolling_json(const RollingOutcome& outcome) {
    Json json{{"outcome", outcome.snapshot.empty() ? "unchanged"
                          : outcome.stopped        ? "stopped"
                                                   : "rolled"},
              {"color", name_of(outcome.color)},
              {"from", outcome.from},
              {"snapshot", outcome.snapshot},
              {"problem", outcome.record.problem},
              {"services", Json::array()},
              {"seconds", outcome.seconds}};
    for (const StepRecord& step : outcome.record.steps) {
        json["services"].push_back(shown_step_json(step));
    }
    if (outcome.stopped) {
        json["next_step"] = "teal upgrade rolling --continue";
    }
    return json;
}

Json rolling_record_json(const RunRecord& record, bool alive) {
    Json json{{"state", record.state == RunState::stopped ? "stopped"
                        : alive                           ? "under way"
                                                          : "interrupted"},
              {"snapshot", record.snapshot},
              {"from", record.from},
              {"problem", record.problem},
              {"services", Json::array()}};
    for (const StepRecord& step : record.steps) {
        json["services"].push_back(shown_step_json(step));
    }
    return json;
}

}  // namespace teal::cli
