// Simulated traffic for the tests of the guard: how long until it trips, counted in ticks.
#pragma once

#include "shared/guard/evidence.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

namespace teal::guard::simulation {

struct Traffic {
    std::uint64_t canary_a_tick = 10;  // of 1 000 requests a second, ten ticks a second
    std::uint64_t baseline_a_tick = 90;
    double baseline_failures = 0.001;
    double canary_before = 0.001;  // until the onset
    double canary_after = 0.05;
    std::uint64_t healthy_ticks = 0;
};

class Binomials {
public:
    explicit Binomials(std::uint64_t seed) : random_(seed) {}
    std::uint64_t draw(std::uint64_t n, double p) {
        return std::binomial_distribution<std::uint64_t>(n, p)(random_);
    }
    std::mt19937_64& random() { return random_; }

private:
    std::mt19937_64 random_;
};

// Ticks from the onset to the trip; `most` when it does not come. Negative: tripped before it.
inline std::int64_t ticks_to_trip(const Evaluation& evaluation, const Traffic& traffic,
                                  std::uint64_t most, Binomials& chance) {
    Evidence evidence{};
    Evaluation::begin(evidence);
    for (std::uint64_t tick = 1; tick <= traffic.healthy_ticks + most; ++tick) {
        const bool healthy = tick <= traffic.healthy_ticks;
        CanaryCounts counts{};
        counts.canary = {traffic.canary_a_tick,
                         chance.draw(traffic.canary_a_tick,
                                     healthy ? traffic.canary_before : traffic.canary_after)};
        counts.baseline = {traffic.baseline_a_tick,
                           chance.draw(traffic.baseline_a_tick, traffic.baseline_failures)};
        if (evaluation.advance(evidence, counts)) {
            return static_cast<std::int64_t>(tick) -
                   static_cast<std::int64_t>(traffic.healthy_ticks);
        }
    }
    return static_cast<std::int64_t>(most);
}

// Nearest rank.
inline double quantile(std::vector<std::int64_t> values, double share) {
    std::sort(values.begin(), values.end());
    const auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size()));
    return static_cast<double>(values[std::min(rank, values.size() - 1)]);
}

}  // namespace teal::guard::simulation
