// Evidence against a hypothesis, as a mixture over twenty alternatives: what every test of the
// guard consists of.
//
// For each alternative k an e-process is kept; each tick multiplies it by a factor f_k whose
// expectation is at most 1 while the hypothesis holds. Their mean E then exceeds 1/alpha with
// a chance of at most alpha, ever, however often one looks (Ville's inequality).
//
//   plain:      L_k += ln f_k                            begins at E = 1, kept as ln
//   restarted:  R_k <- (R_k + gamma) f_k, gamma = 1/J    begins at E = 0, kept as it is
//
// Restarted processes forget: each tick puts in a fresh gamma, so that an hour of health is not
// held in favour of what fails afterwards; the promise then is for J ticks. They are kept as plain
// numbers, since adding gamma to a logarithm costs two transcendental functions an alternative, ten
// times a second in a worker that has requests to serve: below they cannot get lost, gamma lifts
// them again, and above they stop at kMostEvidence, which keeps the promise. Sources: Shin, Ramdas
// & Rinaldo arXiv:2203.03532 (e-detectors), Lindon et al. arXiv:2205.14762.
//
// Plain data without pointers: it lies in the counters file, so that a worker's death loses
// nothing. No heap, no exceptions.
#pragma once

#include <cstddef>

namespace teal::guard {

inline constexpr std::size_t kAlternatives = 20;

using LogFactors = double[kAlternatives];  // ln f_k of one tick

struct Mixture {
    double log_e[kAlternatives];
};
static_assert(sizeof(Mixture) == 160);

void begin_plain(Mixture& mixture);
void advance_plain(Mixture& mixture, const LogFactors& factors);
// ln E.
double log_evidence(const Mixture& mixture);

// Of one alternative; far above any threshold, and far enough from the largest double that twenty
// of them can be added.
inline constexpr double kMostEvidence = 1e300;

struct RestartedMixture {
    double e[kAlternatives];
};
static_assert(sizeof(RestartedMixture) == 160);

void begin_restarted(RestartedMixture& mixture);
// `gamma`: 1 / the ticks in the promised horizon.
void advance_restarted(RestartedMixture& mixture, const LogFactors& factors, double gamma);
// The same for a tick that says nothing: all factors are 1.
void advance_restarted(RestartedMixture& mixture, double gamma);
// E; 0 before the first tick.
double mean_evidence(const RestartedMixture& mixture);

}  // namespace teal::guard
