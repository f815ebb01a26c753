#include "shared/guard/objective.hpp"

#include <cmath>

namespace teal::guard {

ObjectiveTest::ObjectiveTest(double objective) {
    const double odds = objective / (1.0 - objective);
    for (std::size_t k = 0; k < kAlternatives; ++k) {
        const double worse = odds * std::exp2(static_cast<double>(k + 1) / 2.0);
        share_[k] = worse / (1.0 + worse);
        if_bad_[k] = std::log(share_[k] / objective);
        if_good_[k] = std::log((1.0 - share_[k]) / (1.0 - objective));
    }
}

void ObjectiveTest::factors(std::uint64_t attempts, std::uint64_t bad, LogFactors& out) const {
    for (std::size_t k = 0; k < kAlternatives; ++k) {
        out[k] = static_cast<double>(bad) * if_bad_[k] +
                 static_cast<double>(attempts - bad) * if_good_[k];
    }
}

}  // namespace teal::guard
