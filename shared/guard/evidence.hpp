// All evidence against one canary: its failures against the baseline's, its failures against what
// is allowed at all, and its slow answers against the baseline's, each as a restarted mixture.
//
// Combined by averaging: the mean of e-values is one whatever their dependence, while the largest
// of them is not. "Slow" is asked at up to three thresholds (the baseline's p50, p90 and p99, fixed
// before the canary started), which are averaged first: a defect moves one of them more than the
// others, and which one is not known beforehand.
//
// Beside it, and never mixed with it, the evidence that the canary is no worse than the baseline
// times a margin of its own: what a promotion asks for.
//
// The state is plain data in the counters file, written by the one worker that evaluates it, and
// kept for audit after a trip. No heap, no exceptions.
#pragma once

#include "shared/guard/mixture.hpp"
#include "shared/guard/objective.hpp"
#include "shared/guard/ratio.hpp"

#include <cstddef>
#include <cstdint>

namespace teal::guard {

inline constexpr std::size_t kSlowThresholds = 3;

struct GuardTerms {
    double alpha = 1e-4;  // chance that a canary no worse than allowed is ever tripped …
    std::uint64_t horizon = 864'000;  // … in so many ticks
    double margin = 1.0;              // times the baseline's failures that are accepted
    double objective = 0.0;           // share of attempts that may fail; 0: not tested
    std::size_t slow_thresholds = 0;  // how many are in use
    double promotion_margin = 2.0;    // times the baseline's failures that may be promoted
};

// Of one tick, or added up.
struct CanaryCounts {
    ArmCounts canary;
    ArmCounts baseline;
    // Attempts whose first byte came, or was due, and those of them that were slow. Counts of their
    // own: one that hangs is slow long before it completes.
    ArmCounts canary_slow[kSlowThresholds];
    ArmCounts baseline_slow[kSlowThresholds];
};
static_assert(sizeof(CanaryCounts) == 128);

struct Evidence {
    std::uint64_t ticks;
    CanaryCounts counts;  // since it began
    RestartedMixture failures;
    RestartedMixture objective;
    RestartedMixture slow[kSlowThresholds];
    Mixture no_worse;  // for promotion; plain, as nothing is to be forgotten
};
static_assert(sizeof(Evidence) == 1096);

// What the terms need, computed once.
class Evaluation {
public:
    // REQUIRES: alpha in (0, 1), horizon > 0, margin > 0, objective in [0, 1), at most three slow
    // thresholds.
    explicit Evaluation(const GuardTerms& terms);

    static void begin(Evidence& evidence);
    // One more tick; says whether the canary is to be tripped.
    bool advance(Evidence& evidence, const CanaryCounts& tick) const;

    // ln E of all that is in use; reaches threshold() when the canary is to be tripped.
    double log_evidence(const Evidence& evidence) const;
    double threshold() const { return threshold_; }  // ln(1/alpha)
    // ln of the evidence that the canary is no worse; 0 without data.
    double log_no_worse(const Evidence& evidence) const {
        return guard::log_evidence(evidence.no_worse);
    }

    const RatioTest& ratio() const { return ratio_; }
    const ObjectiveTest& objective() const { return objective_; }

private:
    void advance(RestartedMixture& mixture, const ArmCounts& canary,
                 const ArmCounts& baseline) const;

    double threshold_;
    double gamma_;
    bool has_objective_;
    std::size_t slow_thresholds_;
    RatioTest ratio_;
    RatioTest no_worse_;
    ObjectiveTest objective_;
};

}  // namespace teal::guard
