#include "shared/experiment/beta_mixture.hpp"

#include <cmath>
#include <limits>

namespace teal::experiment {
namespace {

constexpr int kHalvings = 100;  // beyond what a double can tell apart

// std::lgamma writes the global signgam, a data race between threads.
double log_gamma(double x) {
    int sign = 0;
    return lgamma_r(x, &sign);
}

double log_beta(double a, double b) {
    return log_gamma(a) + log_gamma(b) - log_gamma(a + b);
}

double times_log(double count, double p) {
    if (count == 0.0) {
        return 0.0;
    }
    return p > 0.0 ? count * std::log(p) : -std::numeric_limits<double>::infinity();
}

// The end of the interval between a chance inside it and one outside.
double edge(BetaMixture mixture, double yes, double no, double inside, double outside,
            double threshold) {
    const double all = log_mixture(mixture, yes, no);
    if (all - log_fixed(outside, yes, no) < threshold) {
        return outside;
    }
    for (int i = 0; i < kHalvings; ++i) {
        const double middle = 0.5 * (inside + outside);
        (all - log_fixed(middle, yes, no) < threshold ? inside : outside) = middle;
    }
    return outside;
}

}  // namespace

double log_mixture(BetaMixture mixture, double yes, double no) {
    return log_beta(mixture.a + yes, mixture.b + no) - log_beta(mixture.a, mixture.b);
}

double log_fixed(double p, double yes, double no) {
    if (no == 0.0) {
        return times_log(yes, p);
    }
    return times_log(yes, p) +
           (p < 1.0 ? no * std::log1p(-p) : -std::numeric_limits<double>::infinity());
}

double log_evidence(BetaMixture mixture, double yes, double no, double p) {
    return log_mixture(mixture, yes, no) - log_fixed(p, yes, no);
}

Interval chance_interval(BetaMixture mixture, double yes, double no, double alpha) {
    if (yes + no == 0.0) {
        return {0.0, 1.0};
    }
    // The evidence is least against the share that was counted, and grows on both sides of it.
    const double share = yes / (yes + no);
    const double threshold = -std::log(alpha);
    return {edge(mixture, yes, no, share, 0.0, threshold),
            edge(mixture, yes, no, share, 1.0, threshold)};
}

RunningEvidence::RunningEvidence(BetaMixture mixture, double p)
    : now_(mixture), log_p_(std::log(p)), log_not_p_(std::log1p(-p)) {}

void RunningEvidence::add(bool yes) {
    double& side = yes ? now_.a : now_.b;
    log_e_ += std::log(side / (now_.a + now_.b)) - (yes ? log_p_ : log_not_p_);
    side += 1.0;
}

}  // namespace teal::experiment
