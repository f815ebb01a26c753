#include "shared/experiment/needed.hpp"

#include "shared/experiment/lift.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace teal::experiment {
namespace {

constexpr double kMost = 1e15;
constexpr int kVisitorHalvings = 60;

// Smallest n for which `is_reached`, which stays true once it is.
template <typename Reached>
double smallest(Reached is_reached) {
    double low = 0.0;
    double high = 1.0;
    while (!is_reached(high)) {
        low = high;
        high *= 2.0;
        if (high > kMost) {
            return std::numeric_limits<double>::infinity();
        }
    }
    for (int i = 0; i < kVisitorHalvings; ++i) {
        const double middle = 0.5 * (low + high);
        (is_reached(middle) ? high : low) = middle;
    }
    return high;
}

// The variant's conversions among n, `luck` standard deviations from what is expected.
double variants(double n, double chance, double luck) {
    return std::clamp(n * chance + luck * std::sqrt(n * chance * (1.0 - chance)), 0.0, n);
}

}  // namespace

double conversions_needed(const Plan& plan, double lift) {
    const BetaMixture mixture = lift_mixture(plan.share, plan.effect);
    const double chance = label_chance(plan.share, lift);
    // Bad luck is towards no difference.
    const double luck = lift > 0.0 ? plan.luck : -plan.luck;
    return smallest([&](double n) {
        const double yes = variants(n, chance, luck);
        const bool right_side = (yes > n * plan.share) == (lift > 0.0);
        return right_side &&
               log_evidence(mixture, yes, n - yes, plan.share) >= -std::log(plan.alpha);
    });
}

double conversions_needed_for_none(const Plan& plan, double most) {
    const BetaMixture mixture = lift_mixture(plan.share, plan.effect);
    const double too_much = label_chance(plan.share, most);
    const double too_little = label_chance(plan.share, std::max(-1.0, -most));
    return smallest([&](double n) {
        const auto excludes = [&](double chance, double luck) {
            const double yes = variants(n, plan.share, luck);
            const bool inside = (chance - yes / n) * (chance - plan.share) > 0.0;
            return inside && log_evidence(mixture, yes, n - yes, chance) >= -std::log(plan.alpha);
        };
        return excludes(too_much, -plan.luck) && excludes(too_little, plan.luck);
    });
}

double visitors_for(const Plan& plan, double conversions, double lift) {
    const double rate =
        plan.control_rate * (1.0 - plan.share) + plan.control_rate * (1.0 + lift) * plan.share;
    return rate > 0.0 ? conversions / rate : std::numeric_limits<double>::infinity();
}

}  // namespace teal::experiment
