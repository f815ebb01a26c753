// What is known of a number: it lies between `low` and `high`, at whatever moment one looks, with
// the chance that the function that made it promises.
#pragma once

namespace teal::experiment {

struct Interval {
    double low;
    double high;

    constexpr bool holds(double value) const { return low <= value && value <= high; }
    constexpr bool lies_in(double from, double to) const { return from <= low && high <= to; }
};

}  // namespace teal::experiment
