// What may be said of an experiment, from its counts of one goal.
//
//   broken        the visitors are not split as the weights say: nothing else is said
//   winner        one variant is better than every other one
//   equivalent    no two differ by more than the effect
//   undecided     none of it yet
//
// Every two variants are compared, each pair with alpha / (number of pairs), so that the chance of
// ever naming a winner that is none is at most alpha, over all pairs and all looks. Comparing with
// the control alone was rejected: of two variants that both beat it, the first to do so would be
// called the winner.
//
// A verdict is meant to be kept by whoever asks: evidence may fall again after it was enough once,
// and the promise is about its first time.
#pragma once

#include "shared/experiment/interval.hpp"
#include "shared/experiment/lift.hpp"

#include <cstdint>

namespace teal::experiment {

inline constexpr std::uint32_t kMostArms = 8;
inline constexpr double kSampleRatioAlpha = 0.001;

// A variant in the experiment. REQUIRES: share > 0, those of all add up to 1.
struct Arm {
    double share;
    std::uint64_t visitors;
    std::uint64_t conversions;  // of one goal
};

struct Terms {
    double alpha;     // chance of a wrong winner, over everything
    double expected;  // lift the evidence is made for: fixed before the start
    double effect;    // smallest lift that matters, for `equivalent`; may be asked anew
};

enum class Verdict : std::uint8_t { undecided, winner, equivalent, broken };
const char* verdict_text(Verdict verdict);

struct Judgement {
    Verdict verdict;
    std::uint32_t winner;     // index; only with Verdict::winner
    double log_sample_ratio;  // ln of the Bayes factor against the weights
    double log_evidence;      // the winner's against the next best; else the most of any pair
};

// REQUIRES: 2 <= count <= kMostArms.
Judgement judge(const Arm* arms, std::uint32_t count, const Terms& terms);

// ln of the Bayes factor that the visitors are not split by the shares (guard/sample_ratio.hpp).
double log_sample_ratio(const Arm* arms, std::uint32_t count);

Pair pair_of(const Arm& variant, const Arm& control);
// Of each comparison.
double pair_alpha(double alpha, std::uint32_t count);

}  // namespace teal::experiment
