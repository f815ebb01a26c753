// Is this variant worse than it may be? A sequential test of one variant's failures against an
// absolute objective ("at most 1 % of attempts fail").
//
// A mixture of likelihood ratios of "the failure share is p_k" over "it is s", p_k > s:
//   L_k += x ln(p_k / s) + (n - x) ln((1 - p_k) / (1 - s)),   log E = logsumexp_k(ln w + L_k)
// with the odds of p_k being 2^(k/2) times those of s, k = 1..20, w = 1/20. While the share is at
// most s, E is a supermartingale: it may be looked at after every attempt, and ever reaches
// 1/alpha with a chance of at most alpha (Ville's inequality). A sick baseline cannot fool it,
// because there is none. Needs no clock and keeps nothing but 20 numbers. Source: STATISTICS of
// the project; Robbins 1970, doi:10.1214/aoms/1177696786.
#pragma once

#include <array>
#include <cstdint>

namespace teal::guard {

class ObjectiveTest {
public:
    // `objective`: the share s of attempts that may fail. REQUIRES: 0 < s < 1.
    explicit ObjectiveTest(double objective);

    // More attempts, and how many of them failed. REQUIRES: bad <= attempts.
    void add(std::uint64_t attempts, std::uint64_t bad);

    // ln E. Above ln(1/alpha): worse than the objective.
    double log_evidence() const;

private:
    static constexpr std::size_t kGrid = 20;

    std::array<double, kGrid> if_bad_{};
    std::array<double, kGrid> if_good_{};
    std::array<double, kGrid> log_ratio_{};
};

}  // namespace teal::guard
