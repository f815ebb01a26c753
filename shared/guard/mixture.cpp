#include "shared/guard/mixture.hpp"

#include <cmath>
#include <limits>

namespace teal::guard {
namespace {

constexpr double kNothing = -std::numeric_limits<double>::infinity();

void fill(Mixture& mixture, double value) {
    for (double& log_e : mixture.log_e) {
        log_e = value;
    }
}

}  // namespace

double log_sum(double a, double b) {
    const double more = a > b ? a : b;
    const double less = a > b ? b : a;
    // Also for two of -infinity, whose difference is no number.
    return less == kNothing ? more : more + std::log1p(std::exp(less - more));
}

void begin_plain(Mixture& mixture) {
    fill(mixture, 0.0);
}

void begin_restarted(Mixture& mixture) {
    fill(mixture, kNothing);
}

void advance_plain(Mixture& mixture, const LogFactors& factors) {
    for (std::size_t k = 0; k < kAlternatives; ++k) {
        mixture.log_e[k] += factors[k];
    }
}

void advance_restarted(Mixture& mixture, const LogFactors& factors, double log_gamma) {
    for (std::size_t k = 0; k < kAlternatives; ++k) {
        mixture.log_e[k] = log_sum(mixture.log_e[k], log_gamma) + factors[k];
    }
}

double log_evidence(const Mixture& mixture) {
    double most = kNothing;
    for (const double log_e : mixture.log_e) {
        most = log_e > most ? log_e : most;
    }
    if (most == kNothing) {
        return most;
    }
    double sum = 0.0;
    for (const double log_e : mixture.log_e) {
        sum += std::exp(log_e - most);
    }
    return most + std::log(sum / static_cast<double>(kAlternatives));
}

std::size_t likeliest(const Mixture& mixture) {
    std::size_t best = 0;
    for (std::size_t k = 1; k < kAlternatives; ++k) {
        best = mixture.log_e[k] > mixture.log_e[best] ? k : best;
    }
    return best;
}

}  // namespace teal::guard
