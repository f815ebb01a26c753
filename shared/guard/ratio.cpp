#include "shared/guard/ratio.hpp"

#include <algorithm>
#include <cmath>

namespace teal::guard {

RatioTest::RatioTest(double margin, Direction direction) : margin_(margin) {
    const double step = direction == Direction::worse ? 0.5 : -0.5;
    for (std::size_t k = 0; k < kAlternatives; ++k) {
        const double power = step * static_cast<double>(k + 1);
        ratio_[k] = margin * std::exp2(power);
        log_ratio_[k] = power * 0.69314718055994530942;
    }
}

bool RatioTest::factors(const ArmCounts& canary, const ArmCounts& baseline, LogFactors& out) const {
    const double failures = static_cast<double>(canary.bad + baseline.bad);
    // Without a baseline every failure is the canary's whatever it is like; without a canary none.
    if (failures == 0.0 || canary.done == 0 || baseline.done == 0) {
        std::fill_n(out, kAlternatives, 0.0);
        return false;
    }
    const double share =
        static_cast<double>(canary.done) / static_cast<double>(canary.done + baseline.done);
    // Not log1p, which costs twice as much: what 1 + x loses, 1e-16, is nothing after this.
    const double allowed = std::log(1.0 + share * (margin_ - 1.0));
    for (std::size_t k = 0; k < kAlternatives; ++k) {
        out[k] = static_cast<double>(canary.bad) * log_ratio_[k] +
                 failures * (allowed - std::log(1.0 + share * (ratio_[k] - 1.0)));
    }
    return true;
}

}  // namespace teal::guard
