// Values, such as revenue, per visitor: an interval for a variant's mean and for the lift between
// two, at all times at once, but only approximately.
//
// A value has no bound, so nothing exact can be said of its mean. These are asymptotic confidence
// sequences: what the normal interval is for one moment, for all moments; right for many visitors,
// too narrow for few when single visitors bring much of the sum. They are told as approximate and
// decide nothing by themselves.
//
//   mean +- sd sqrt( 2 (n r^2 + 1) / (n^2 r^2) ln( sqrt(n r^2 + 1) / alpha ) )
//
// narrowest for its width about kTunedVisitors. The lift is taken on ln(mean/mean), with the delta
// method's variance. Source: Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas, "Time-uniform central
// limit theory and asymptotic confidence sequences", arXiv:2103.06476, Theorem 2.2 and section 3.
#pragma once

#include "shared/experiment/interval.hpp"

#include <cstdint>

namespace teal::experiment {

inline constexpr double kTunedVisitors = 10'000.0;
// Below, nothing is said.
inline constexpr std::uint64_t kFewestVisitors = 100;

// Of one variant; those who brought nothing are among the visitors.
struct ValueCounts {
    std::uint64_t visitors;
    double sum;
    double square_sum;
};

// Per visitor; not a number without visitors.
double value_mean(const ValueCounts& counts);
double value_variance(const ValueCounts& counts);

// False for too few visitors, or no spread: the interval is left alone.
bool value_interval(const ValueCounts& counts, double alpha, Interval& interval);

// Of (variant's mean / control's mean) - 1. False as above, or when a mean is not above 0.
bool value_lift_interval(const ValueCounts& variant, const ValueCounts& control, double alpha,
                         Interval& interval);

}  // namespace teal::experiment
