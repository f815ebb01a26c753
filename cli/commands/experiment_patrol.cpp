#include "cli/commands/experiment_patrol.hpp"

#include "cli/error.hpp"
#include "cli/output/progress_output.hpp"
#include "cli/output/screen.hpp"

#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr auto kLookEvery = std::chrono::seconds(10);

// Empty: nothing is decided.
std::string verdict_of(const Experiment& experiment) {
    if (experiment.broken) {
        return "broken: its visitors are not split as the weights say";
    }
    if (!experiment.decision) {
        return "";
    }
    return experiment.decision->verdict == experiment::Verdict::winner
               ? "winner " + experiment.decision->winner
               : "no difference that matters";
}

}  // namespace

ExperimentPatrol::ExperimentPatrol(const Settings& settings, bool json)
    : control_(table_paths(settings.table, settings.counters)), json_(json) {}

void ExperimentPatrol::tell_problem(const std::string& text) {
    if (told_problems_.insert(text).second) {
        warn("experiment " + text);
    }
}

void ExperimentPatrol::tell_verdicts() {
    std::vector<std::string> damaged;  // told by the looking
    for (const Experiment& experiment : control_.store().list(&damaged)) {
        const std::string verdict = verdict_of(experiment);
        std::string& told = told_verdicts_[experiment.name];
        if (experiment.phase != ExperimentPhase::running || verdict == told) {
            continue;
        }
        told = verdict;
        if (json_) {
            print_event(
                "experiment",
                {{"name", experiment.name}, {"split", experiment.split}, {"verdict", verdict}});
        } else {
            print_line("experiment " + experiment.name + " (" + experiment.split + "): " + verdict +
                       "; teal ab report " + experiment.name);
        }
    }
}

void ExperimentPatrol::look() {
    try {
        control_.look_at_all([this](const std::string& problem) { tell_problem(problem); });
        tell_verdicts();
    } catch (const Error& error) {
        tell_problem(error.what());
    }
}

void ExperimentPatrol::look_if_due() {
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_) {
        next_ = now + kLookEvery;
        look();
    }
}

}  // namespace teal::cli
