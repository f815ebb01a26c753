#include "shared/guard/objective.hpp"

#include <algorithm>
#include <cmath>

namespace teal::guard {

ObjectiveTest::ObjectiveTest(double objective) {
    const double odds = objective / (1.0 - objective);
    for (std::size_t k = 0; k < kGrid; ++k) {
        const double worse = odds * std::pow(2.0, static_cast<double>(k + 1) / 2.0);
        const double share = worse / (1.0 + worse);
        if_bad_[k] = std::log(share / objective);
        if_good_[k] = std::log((1.0 - share) / (1.0 - objective));
    }
}

void ObjectiveTest::add(std::uint64_t attempts, std::uint64_t bad) {
    for (std::size_t k = 0; k < kGrid; ++k) {
        log_ratio_[k] += static_cast<double>(bad) * if_bad_[k] +
                         static_cast<double>(attempts - bad) * if_good_[k];
    }
}

double ObjectiveTest::log_evidence() const {
    const double most = *std::max_element(log_ratio_.begin(), log_ratio_.end());
    double sum = 0.0;
    for (const double log_ratio : log_ratio_) {
        sum += std::exp(log_ratio - most);
    }
    return most + std::log(sum / static_cast<double>(kGrid));
}

}  // namespace teal::guard
