// What the counts of an experiment say, worked out: rates and lifts with their intervals, what is
// still needed, whether the visitors are split as intended, and the verdict. Nothing is printed
// here, and nothing kept.
#pragma once

#include "cli/experiment/experiment.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

// What is asked: an experiment, or a split that was never one, since nginx's counters began.
struct Question {
    std::string name{};  // empty: no experiment
    std::string split{};
    std::vector<ExperimentArm> arms{};
    std::size_t control = 0;
    std::vector<std::string> goals{};
    Counts counts{};
    double alpha = 0.05;
    double tuned_effect = 0.05;  // what the evidence was made for when it began
    double effect = 0.05;        // what is asked for now
    double seconds = 0;          // in which it was counted
};
Question question_of(const Experiment& experiment);

struct ArmFinding {
    std::string variant;
    std::uint32_t weight_ppm = 0;
    std::uint64_t visitors = 0;
    std::uint64_t conversions = 0;
    std::optional<double> rate;
    // Of its rate, with 1 - alpha; none when more converted than came since it was begun.
    std::optional<experiment::Interval> interval;

    std::optional<double> value_mean;  // per visitor
    std::optional<experiment::Interval> value_interval;
    double value_sum = 0;
};

// A variant against the control. Intervals hold together with 1 - alpha.
struct LiftFinding {
    std::string variant;
    std::optional<double> lift;
    experiment::Interval interval{-1, 0};  // its upper end may be infinite
    double log_evidence = 0;               // that there is a difference
    std::optional<double> value_lift;
    std::optional<experiment::Interval> value_interval;
};

struct GoalFinding {
    std::string goal;
    bool has_values = false;
    std::vector<ArmFinding> arms;
    std::vector<LiftFinding> lifts;
    experiment::Judgement judgement{};
};

// Nothing for the control, and for a variant that the goal has not compared.
const LiftFinding* lift_of(const GoalFinding& goal, const std::string& variant);

// Visitors of all variants until the effect is found in four of five experiments, and until it is
// known that there is none. Nothing: no conversion of the control tells its rate yet.
struct Need {
    std::optional<double> visitors;
    std::optional<double> visitors_for_none;
    // Still to come, at the pace so far; nothing without a pace.
    std::optional<double> seconds;
    std::optional<double> seconds_for_none;
};

struct ExperimentFindings {
    Question question;
    std::uint64_t visitors = 0;
    bool has_data = false;  // somebody came and somebody converted
    std::vector<GoalFinding> goals;
    Need need;  // for the first goal
    double log_sample_ratio = 0;
    bool is_broken = false;
};

ExperimentFindings find(Question question);

// The verdict of the first goal, as it stands: what was decided once and written down goes before
// what the numbers of the moment say, and a broken split before everything.
struct Standing {
    experiment::Verdict verdict = experiment::Verdict::undecided;
    std::string winner{};
    std::uint64_t since_unix_ns = 0;  // 0: only now
};
Standing standing_of(const Experiment* experiment, const ExperimentFindings& findings);

// E's bound on the chance that equal variants ever give so much evidence, over all comparisons of
// `arms` variants: at most 1.
double chance_of_evidence(double log_evidence, std::size_t arms);

// One lift's interval at an earlier moment, for a picture of how it came about.
struct LiftMoment {
    std::uint64_t time_unix_ns = 0;
    std::uint64_t visitors = 0;
    std::optional<double> lift;
    experiment::Interval interval{-1, 0};
};
// Of the first goal. REQUIRES: `arm` is not the control.
std::vector<LiftMoment> lift_history(const Experiment& experiment, std::size_t arm);

}  // namespace teal::cli
