// An A/B test: what was agreed on when it began, what was counted since, and what was decided.
//
// All there is to know of it is in this one value, which is kept in a file (experiment_store.hpp).
// nginx's counters alone would not do: they begin anew after a reboot, and do not know when an
// experiment began. Each look (look.hpp) adds what was counted since the one before.
#pragma once

#include "shared/experiment/verdict.hpp"
#include "shared/table/layout.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

// Of one variant and goal: each visitor counts once.
struct GoalCount {
    std::uint64_t conversions = 0;
    std::uint64_t valued = 0;  // conversions that came with a value; the sums are theirs
    double value_sum = 0;
    double value_square_sum = 0;
};

struct ArmCount {
    std::uint64_t visitors = 0;
    std::vector<GoalCount> goals{};  // in the order of Experiment::goals
};
using Counts = std::vector<ArmCount>;  // in the order of Experiment::arms

// `count` arms and goals of zero.
Counts no_counts(std::size_t arms, std::size_t goals);
std::uint64_t visitors_of(const Counts& counts);

struct ExperimentArm {
    std::string variant;
    std::uint32_t weight_ppm = 0;
};

// A variant as it was before the experiment, for the way back.
struct VariantBefore {
    std::string variant;
    std::uint32_t weight_ppm = 0;
    table::VariantState state = table::VariantState::open;
};

struct Sample {
    std::uint64_t time_unix_ns = 0;
    Counts counts{};
};

// A verdict at the moment it was first seen: it stays.
struct Decision {
    experiment::Verdict verdict = experiment::Verdict::undecided;
    std::string winner{};
    std::uint64_t time_unix_ns = 0;
    double log_evidence = 0;      // ln E
    double log_sample_ratio = 0;  // ln of the Bayes factor
    Counts counts{};
};

enum class ExperimentPhase {
    starting,  // its start was cut off: weights may be published, nothing is counted
    running,
    stopping,  // its end was cut off: it is decided, traffic may have to be moved
    stopped,
};
const char* phase_text(ExperimentPhase phase);

struct Experiment {
    std::string name;
    std::string split;
    std::vector<ExperimentArm> arms;  // variants with weight
    std::string control;
    std::vector<std::string> goals;  // the first one decides
    std::uint32_t alpha_ppm = 50'000;
    std::uint32_t effect_ppm = 50'000;

    std::uint64_t salt = 0;
    bool keeps_assignment = false;  // visitors were not mixed anew
    std::vector<VariantBefore> before;
    std::string starter;
    std::uint64_t started_unix_ns = 0;
    std::uint64_t generation = 0;  // the last publication of its own
    ExperimentPhase phase = ExperimentPhase::starting;

    // The counting.
    std::uint64_t looked_unix_ns = 0;
    std::uint64_t file_created_unix_ns = 0;  // of the counters that `in_file` was read from
    Counts in_file;
    Counts counted;                       // since it began
    std::uint32_t files_lost = 0;         // how often nginx's counters began anew meanwhile
    std::uint64_t disturbed_unix_ns = 0;  // 0: not; nothing is counted from then on
    std::string disturbance;
    std::vector<Sample> samples;
    std::uint64_t sample_every_ns = 0;

    std::optional<Decision> decision;  // winner or equivalent
    std::optional<Decision> broken;

    std::string winner;  // whoever got everyone; empty: nobody
    std::uint64_t stopped_unix_ns = 0;
    std::string stopper;
    std::string reason;

    bool is_under_way() const { return phase != ExperimentPhase::stopped; }
    std::size_t index_of(const std::string& variant) const;  // arms.size(): it is no arm
    experiment::Terms terms() const;
};

// What `judge` takes, of one goal. REQUIRES: as many counts as arms, at most kMostArms.
std::vector<experiment::Arm> arms_of(const std::vector<ExperimentArm>& arms, const Counts& counts,
                                     std::size_t goal);

}  // namespace teal::cli
