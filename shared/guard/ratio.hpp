// Does the canary fail more often than the baseline? A sequential test of the ratio of two failure
// rates, which needs to know neither of them.
//
// Of the e = x_c + x_b failures of a tick, x_c are the canary's. With a share rho of the
// completions and r times the baseline's rate, each failure is the canary's with the chance
// theta(r) = rho r / (1 + rho (r - 1)). The factor of alternative r_k against the hypothesis r0 is
//
//   f_k = (r_k/r0)^x_c * [ (1 + rho (r0 - 1)) / (1 + rho (r_k - 1)) ]^e
//
// Worse:    H0: r <= r0, r_k = r0 2^(k/2),  k = 1..20.    Evidence that the canary is bad.
// No worse: H0: r >= r0, r_k = r0 2^(-k/2), k = 1..20.    Evidence that it may be promoted.
//
// Both arms failing together say nothing, and so do changes of the weights between ticks. The grid
// begins at r0, not at 1: an alternative between them would count for a canary that may be what it
// is. Sources: Lindon & Malek arXiv:2011.03567; Hoeffding 1963, Theorem 4 (sums of unequal chances
// are less spread than equal ones, so bursts do not break the promise).
#pragma once

#include "shared/guard/mixture.hpp"

#include <cstdint>

namespace teal::guard {

// Of one tick and one arm, per upstream attempt. REQUIRES: bad <= done, after x was read before n.
struct ArmCounts {
    std::uint64_t done;
    std::uint64_t bad;
};

enum class Direction { worse, no_worse };

class RatioTest {
public:
    // REQUIRES: margin r0 > 0.
    RatioTest(double margin, Direction direction);

    // False, and all zero, for a tick without failures, or in which not both arms had traffic to be
    // compared: it says nothing.
    bool factors(const ArmCounts& canary, const ArmCounts& baseline, LogFactors& out) const;
    // r_k.
    double ratio(std::size_t alternative) const { return ratio_[alternative]; }

private:
    double margin_;
    double ratio_[kAlternatives];
    double log_ratio_[kAlternatives];  // ln(r_k / r0)
};

}  // namespace teal::guard
