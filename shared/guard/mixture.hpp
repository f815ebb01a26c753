// Evidence against a hypothesis, as a mixture over twenty alternatives: what every test of the
// guard consists of.
//
// For each alternative k an e-process is kept in log space; each tick multiplies it by a factor f_k
// whose expectation is at most 1 while the hypothesis holds. Their mean E then exceeds 1/alpha with
// a chance of at most alpha, ever, however often one looks (Ville's inequality).
//
//   plain:      L_k += ln f_k                            begins at E = 1
//   restarted:  R_k <- (R_k + gamma) f_k, gamma = 1/J    begins at E = 0
//
// Restarted processes forget: each tick puts in a fresh gamma, so that an hour of health is not
// held in favour of what fails afterwards; the promise then is for J ticks. Sources: Shin, Ramdas &
// Rinaldo arXiv:2203.03532 (e-detectors), Lindon et al. arXiv:2205.14762.
//
// Plain data without pointers: it lies in the counters file, so that a worker's death loses
// nothing. No heap, no exceptions.
#pragma once

#include <cstddef>

namespace teal::guard {

inline constexpr std::size_t kAlternatives = 20;

using LogFactors = double[kAlternatives];  // ln f_k of one tick

struct Mixture {
    double log_e[kAlternatives];  // -infinity: none yet
};
static_assert(sizeof(Mixture) == 160);

void begin_plain(Mixture& mixture);
void begin_restarted(Mixture& mixture);

void advance_plain(Mixture& mixture, const LogFactors& factors);
// `log_gamma`: -ln of the ticks in the promised horizon.
void advance_restarted(Mixture& mixture, const LogFactors& factors, double log_gamma);

// ln E; -infinity before the first tick of a restarted one.
double log_evidence(const Mixture& mixture);
// The alternative with the most weight, for people: which one the counts look like.
std::size_t likeliest(const Mixture& mixture);

// ln(exp(a) + exp(b)) without overflow.
double log_sum(double a, double b);

}  // namespace teal::guard
