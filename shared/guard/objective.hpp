// Is this variant worse than it may be? A sequential test of one variant's failures against an
// absolute objective ("at most 1 % of attempts fail").
//
// A mixture of likelihood ratios of "the failure share is p_k" over "it is s", p_k > s:
//   ln f_k = x ln(p_k / s) + (n - x) ln((1 - p_k) / (1 - s))
// with the odds of p_k being 2^(k/2) times those of s, k = 1..20. While the share is at most s, E
// is a supermartingale. A sick baseline cannot fool it, because there is none. Needs no clock.
// Source: STATISTICS of the project; Robbins 1970, doi:10.1214/aoms/1177696786.
#pragma once

#include "shared/guard/mixture.hpp"

#include <cstdint>

namespace teal::guard {

class ObjectiveTest {
public:
    // `objective`: the share s of attempts that may fail. REQUIRES: 0 < s < 1.
    explicit ObjectiveTest(double objective);

    // Of some attempts and how many of them failed. REQUIRES: bad <= attempts.
    void factors(std::uint64_t attempts, std::uint64_t bad, LogFactors& out) const;
    // p_k.
    double share(std::size_t alternative) const { return share_[alternative]; }

private:
    double share_[kAlternatives];
    double if_bad_[kAlternatives];
    double if_good_[kAlternatives];
};

}  // namespace teal::guard
