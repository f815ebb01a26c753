#include "shared/experiment/lift.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace teal::experiment {

double label_chance(double share, double lift) {
    const double weighted = share * (1.0 + lift);
    return weighted / (weighted + 1.0 - share);
}

double lift_of(double share, double label_chance) {
    if (label_chance >= 1.0) {
        return std::numeric_limits<double>::infinity();
    }
    return label_chance / (1.0 - label_chance) * (1.0 - share) / share - 1.0;
}

BetaMixture lift_mixture(double share, double effect) {
    // d theta / d ln rho = w (1 - w), and a Beta of this mean has the variance w (1 - w) / (k + 1).
    const double log_ratio = std::log1p(effect);
    const double k = std::max(1.0, 1.0 / (share * (1.0 - share) * log_ratio * log_ratio) - 1.0);
    return {k * share, k * (1.0 - share)};
}

double log_lift_evidence(const Pair& pair, double effect, double lift) {
    return log_evidence(
        lift_mixture(pair.share, effect), static_cast<double>(pair.variant_conversions),
        static_cast<double>(pair.control_conversions), label_chance(pair.share, lift));
}

Interval lift_interval(const Pair& pair, double effect, double alpha) {
    const Interval labels = chance_interval(lift_mixture(pair.share, effect),
                                            static_cast<double>(pair.variant_conversions),
                                            static_cast<double>(pair.control_conversions), alpha);
    return {lift_of(pair.share, labels.low), lift_of(pair.share, labels.high)};
}

double lift_estimate(const Pair& pair) {
    if (pair.control_conversions == 0) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    return static_cast<double>(pair.variant_conversions) /
               static_cast<double>(pair.control_conversions) * (1.0 - pair.share) / pair.share -
           1.0;
}

}  // namespace teal::experiment
