#include "cli/experiment/experiment.hpp"

namespace teal::cli {

Counts no_counts(std::size_t arms, std::size_t goals) {
    return Counts(arms, ArmCount{0, std::vector<GoalCount>(goals)});
}

std::uint64_t visitors_of(const Counts& counts) {
    std::uint64_t sum = 0;
    for (const ArmCount& arm : counts) {
        sum += arm.visitors;
    }
    return sum;
}

const char* phase_text(ExperimentPhase phase) {
    constexpr const char* kText[] = {"starting", "running", "stopping", "stopped"};
    return kText[static_cast<unsigned>(phase)];
}

std::size_t Experiment::index_of(const std::string& variant) const {
    std::size_t i = 0;
    while (i < arms.size() && arms[i].variant != variant) {
        ++i;
    }
    return i;
}

experiment::Terms Experiment::terms() const {
    const double effect = effect_ppm / double{table::kTotalPpm};
    return {alpha_ppm / double{table::kTotalPpm}, effect, effect};
}

std::vector<experiment::Arm> arms_of(const std::vector<ExperimentArm>& arms, const Counts& counts,
                                     std::size_t goal) {
    std::vector<experiment::Arm> result;
    for (std::size_t i = 0; i < arms.size(); ++i) {
        result.push_back({arms[i].weight_ppm / double{table::kTotalPpm}, counts[i].visitors,
                          counts[i].goals.at(goal).conversions});
    }
    return result;
}

}  // namespace teal::cli
