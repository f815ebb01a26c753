#include "shared/guard/sample_ratio.hpp"

#include <cmath>
#include <limits>

namespace teal::guard {
namespace {

// std::lgamma writes the global signgam, a data race between threads.
double log_gamma(double x) {
    int sign = 0;
    return lgamma_r(x, &sign);
}

// ln Gamma(from + counted) - ln Gamma(from).
double log_rising(double from, double counted) {
    return log_gamma(from + counted) - log_gamma(from);
}

}  // namespace

double log_mixture(const double* concentration, const Share* shares, std::size_t count) {
    double all_concentration = 0.0;
    double all_counted = 0.0;
    double sum = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto counted = static_cast<double>(shares[i].counted);
        all_concentration += concentration[i];
        all_counted += counted;
        sum += log_rising(concentration[i], counted);
    }
    return sum - log_rising(all_concentration, all_counted);
}

double log_intended(const Share* shares, std::size_t count) {
    double sum = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
        if (shares[i].counted == 0) {
            continue;
        }
        if (!(shares[i].intended > 0.0)) {
            return -std::numeric_limits<double>::infinity();
        }
        sum += static_cast<double>(shares[i].counted) * std::log(shares[i].intended);
    }
    return sum;
}

double log_bayes_factor(const Share* shares, std::size_t count, double concentration) {
    double all_concentration = 0.0;
    double all_counted = 0.0;
    double sum = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
        const Share& share = shares[i];
        if (!(share.intended > 0.0)) {
            if (share.counted != 0) {
                return std::numeric_limits<double>::infinity();
            }
            continue;
        }
        const auto counted = static_cast<double>(share.counted);
        const double own = concentration * share.intended;
        all_concentration += own;
        all_counted += counted;
        // Share by share the two hypotheses nearly cancel: subtract before the sums grow large.
        sum += log_rising(own, counted) - counted * std::log(share.intended);
    }
    return sum - log_rising(all_concentration, all_counted);
}

bool is_mismatch(const Share* shares, std::size_t count, double alpha) {
    return log_bayes_factor(shares, count) >= -std::log(alpha);
}

}  // namespace teal::guard
