#include "cli/ramp/ramp.hpp"

#include <algorithm>

namespace teal::cli {

const char* phase_text(RampPhase phase) {
    constexpr const char* kText[] = {"running", "paused",  "waiting for approval", "promoted",
                                     "tripped", "aborted", "inconclusive"};
    return kText[static_cast<unsigned>(phase)];
}

const char* kind_text(RampEventKind kind) {
    constexpr const char* kText[] = {"started", "step reached", "approval wanted", "approved",
                                     "paused",  "resumed",      "weight set",      "promoted",
                                     "tripped", "aborted",      "inconclusive"};
    return kText[static_cast<unsigned>(kind)];
}

ExitCode exit_code_of(RampPhase phase) {
    switch (phase) {
        case RampPhase::promoted:
            return ExitCode::ok;
        case RampPhase::tripped:
            return ExitCode::tripped;
        case RampPhase::aborted:
            return ExitCode::aborted;
        case RampPhase::inconclusive:
            return ExitCode::inconclusive;
        default:
            return ExitCode::failed;
    }
}

std::uint64_t Ramp::held_at(std::uint64_t now_unix_ns) const {
    if (running_since_ns == 0 || now_unix_ns <= running_since_ns) {
        return held_ns;
    }
    return held_ns + (now_unix_ns - running_since_ns);
}

bool Ramp::is_left_undecided() const {
    return phase == RampPhase::inconclusive && weight_ppm > 0;
}

const RampSplit* Ramp::find(const std::string& split) const {
    for (const RampSplit& known : splits) {
        if (known.split == split) {
            return &known;
        }
    }
    return nullptr;
}

std::size_t Ramp::next_step() const {
    std::size_t step = 0;
    while (step < terms.steps.size() && terms.steps[step] <= weight_ppm) {
        ++step;
    }
    return step;
}

bool Ramp::is_approved(std::uint32_t step_ppm) const {
    const auto& wanted = terms.approvals;
    return std::find(wanted.begin(), wanted.end(), step_ppm) == wanted.end() ||
           std::any_of(approvals.begin(), approvals.end(),
                       [&](const Approval& approval) { return approval.step_ppm == step_ppm; });
}

std::string split_names(const Ramp& ramp) {
    std::string text;
    for (const RampSplit& split : ramp.splits) {
        text += (text.empty() ? "" : ", ") + split.split;
    }
    return text;
}

}  // namespace teal::cli
