// Did the router do what the table says? A sequential test for sample ratio mismatch: the counts of
// decisions per variant against the intended shares.
//
// Bayes factor of "the shares are something near theta" (Dirichlet with alpha_i = k theta_i) over
// "the shares are theta". It may be looked at after every request: by Ville's inequality the chance
// that a router that does as told ever reaches 1/alpha is at most alpha. A chi-squared test looked
// at more than once has no such promise. Source: Lindon & Malek, arXiv:2011.03567.
//
// A change of weights starts a new segment: begin again from zero counts, so that a legitimate ramp
// never alarms. Pure functions: no heap, no exceptions, no state.
#pragma once

#include <cstddef>
#include <cstdint>

namespace teal::guard {

// k of the prior: how firmly a wrong router is expected to be wrong by little.
inline constexpr double kSampleRatioConcentration = 10'000.0;

// What was intended and what was counted of one variant.
struct Share {
    double intended;  // 0..1; all of a split's add up to 1
    std::uint64_t counted;
};

// ln of the counts' probability (in their order of arrival) under a Dirichlet(concentration[i])
// mixture of shares. REQUIRES: concentrations above 0.
double log_mixture(const double* concentration, const Share* shares, std::size_t count);

// ln of the counts' probability under the intended shares; -infinity when one that was to get
// nothing got something.
double log_intended(const Share* shares, std::size_t count);

// ln of the Bayes factor; +infinity when a share of 0 was counted, which no chance explains.
double log_bayes_factor(const Share* shares, std::size_t count,
                        double concentration = kSampleRatioConcentration);

// True when the counts cannot be what was intended. `alpha`: chance of a false alarm, ever.
bool is_mismatch(const Share* shares, std::size_t count, double alpha);

}  // namespace teal::guard
