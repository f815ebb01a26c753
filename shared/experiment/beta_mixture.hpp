// A chance of which only yes and no are counted: evidence against a value of it, and an interval
// for it, that hold at every moment at once.
//
// The counts' probability under a Beta(a, b) mixture of chances, over their probability under one
// chance p, is a martingale that begins at 1 while p is the true one. By Ville's inequality it ever
// reaches 1/alpha with a chance of at most alpha; the chances for which it has not are an interval
// that holds the true one at all times with 1 - alpha (a confidence sequence). An interval that is
// right for one moment only (Wald, Wilson, Clopper-Pearson) is wrong sooner or later when looked at
// often. Sources: Robbins 1970, doi:10.1214/aoms/1177696786; Howard, Ramdas, McAuliffe & Sekhon,
// arXiv:1810.08240; Waudby-Smith & Ramdas, arXiv:2006.04347.
//
// Pure functions, no heap, no exceptions. The mixture is to be chosen before the data are seen.
#pragma once

#include "shared/experiment/interval.hpp"

#include <cstdint>

namespace teal::experiment {

// REQUIRES: both above 0.
struct BetaMixture {
    double a;
    double b;
};

// Jeffreys' mixture, for a chance of which nothing is expected.
inline constexpr BetaMixture kAnyChance{0.5, 0.5};

// ln of the counts' probability, in their order of arrival, under the mixture.
double log_mixture(BetaMixture mixture, double yes, double no);

// ln of the counts' probability under the chance p; -infinity where it excludes them.
double log_fixed(double p, double yes, double no);

// ln E against p; 0 without counts. REQUIRES: 0 <= p <= 1.
double log_evidence(BetaMixture mixture, double yes, double no, double p);

// Chances with less than ln(1/alpha) of evidence against them; 0 to 1 without counts.
// REQUIRES: 0 < alpha < 1.
Interval chance_interval(BetaMixture mixture, double yes, double no, double alpha);

// The same evidence, kept up to date by one logarithm for each count.
class RunningEvidence {
public:
    // REQUIRES: 0 < p < 1.
    RunningEvidence(BetaMixture mixture, double p);

    void add(bool yes);
    double log_evidence() const { return log_e_; }

private:
    BetaMixture now_;
    double log_p_;
    double log_not_p_;
    double log_e_ = 0.0;
};

}  // namespace teal::experiment
