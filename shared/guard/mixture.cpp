#include "shared/guard/mixture.hpp"

#include <algorithm>
#include <cmath>

namespace teal::guard {

void begin_plain(Mixture& mixture) {
    std::fill_n(mixture.log_e, kAlternatives, 0.0);
}

void advance_plain(Mixture& mixture, const LogFactors& factors) {
    for (std::size_t k = 0; k < kAlternatives; ++k) {
        mixture.log_e[k] += factors[k];
    }
}

double log_evidence(const Mixture& mixture) {
    const double most = *std::max_element(mixture.log_e, mixture.log_e + kAlternatives);
    double sum = 0.0;
    for (const double log_e : mixture.log_e) {
        sum += std::exp(log_e - most);
    }
    return most + std::log(sum / static_cast<double>(kAlternatives));
}

void begin_restarted(RestartedMixture& mixture) {
    std::fill_n(mixture.e, kAlternatives, 0.0);
}

void advance_restarted(RestartedMixture& mixture, const LogFactors& factors, double gamma) {
    for (std::size_t k = 0; k < kAlternatives; ++k) {
        mixture.e[k] = std::min((mixture.e[k] + gamma) * std::exp(factors[k]), kMostEvidence);
    }
}

void advance_restarted(RestartedMixture& mixture, double gamma) {
    for (double& e : mixture.e) {
        e = std::min(e + gamma, kMostEvidence);
    }
}

double mean_evidence(const RestartedMixture& mixture) {
    double sum = 0.0;
    for (const double e : mixture.e) {
        sum += e;
    }
    return sum / static_cast<double>(kAlternatives);
}

}  // namespace teal::guard
