// What the drivers say of a series of measurements.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace teal::bench {

// Nearest rank; 0 without values.
inline double quantile(std::vector<double> values, double share) {
    if (values.empty()) {
        return 0;
    }
    std::sort(values.begin(), values.end());
    const double rank = std::ceil(share * static_cast<double>(values.size()));
    return values[std::min(values.size() - 1, static_cast<std::size_t>(std::max(0.0, rank - 1)))];
}

inline double median(const std::vector<double>& values) {
    return quantile(values, 0.5);
}

}  // namespace teal::bench
