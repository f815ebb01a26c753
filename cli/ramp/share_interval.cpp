#include "cli/ramp/share_interval.hpp"

#include <algorithm>
#include <cmath>

namespace teal::cli {

ShareInterval share_interval(std::uint64_t bad, std::uint64_t attempts) {
    if (attempts == 0) {
        return {};
    }
    constexpr double z = 1.959963984540054;  // 97.5 % of the normal distribution
    const double n = static_cast<double>(attempts);
    const double share = static_cast<double>(bad) / n;
    const double middle = share + z * z / (2 * n);
    const double spread = z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
    const double scale = 1 + z * z / n;
    return {std::max(0.0, (middle - spread) / scale), std::min(1.0, (middle + spread) / scale)};
}

}  // namespace teal::cli
