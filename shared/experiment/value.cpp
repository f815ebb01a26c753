#include "shared/experiment/value.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace teal::experiment {
namespace {

// Half the interval's width for a mean of n values of standard deviation 1.
double half_width(double n, double alpha) {
    const double twice_log = -2.0 * std::log(alpha);
    const double r2 = (twice_log + std::log(twice_log) + 1.0) / kTunedVisitors;
    const double grown = n * r2 + 1.0;
    return std::sqrt(2.0 * grown / (n * n * r2) * std::log(std::sqrt(grown) / alpha));
}

// Of the mean of all, relative to the mean.
double relative_variance(const ValueCounts& counts) {
    const double mean = value_mean(counts);
    return value_variance(counts) / (static_cast<double>(counts.visitors) * mean * mean);
}

bool is_enough(const ValueCounts& counts) {
    return counts.visitors >= kFewestVisitors && value_variance(counts) > 0.0;
}

}  // namespace

double value_mean(const ValueCounts& counts) {
    return counts.visitors == 0 ? std::numeric_limits<double>::quiet_NaN()
                                : counts.sum / static_cast<double>(counts.visitors);
}

double value_variance(const ValueCounts& counts) {
    if (counts.visitors == 0) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    const double mean = value_mean(counts);
    return std::max(0.0, counts.square_sum / static_cast<double>(counts.visitors) - mean * mean);
}

bool value_interval(const ValueCounts& counts, double alpha, Interval& interval) {
    if (!is_enough(counts)) {
        return false;
    }
    const double half =
        std::sqrt(value_variance(counts)) * half_width(static_cast<double>(counts.visitors), alpha);
    interval = {value_mean(counts) - half, value_mean(counts) + half};
    return true;
}

bool value_lift_interval(const ValueCounts& variant, const ValueCounts& control, double alpha,
                         Interval& interval) {
    if (!is_enough(variant) || !is_enough(control) || value_mean(variant) <= 0.0 ||
        value_mean(control) <= 0.0) {
        return false;
    }
    const auto n = static_cast<double>(variant.visitors + control.visitors);
    const double spread = std::sqrt(n * (relative_variance(variant) + relative_variance(control)));
    const double half = spread * half_width(n, alpha);
    const double ratio = value_mean(variant) / value_mean(control);
    interval = {ratio * std::exp(-half) - 1.0, ratio * std::exp(half) - 1.0};
    return true;
}

}  // namespace teal::experiment
