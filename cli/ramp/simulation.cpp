#include "cli/ramp/simulation.hpp"

#include "shared/guard/state.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>

namespace teal::cli {
namespace {

using guard::CanaryCounts;
using guard::Evaluation;
using guard::Evidence;

constexpr double kTick_s = static_cast<double>(guard::kTick_ms) / 1000.0;
// A tick takes about a third of a microsecond, and each ramp is simulated twice.
constexpr std::uint64_t kTicksASecond = 2'000'000;

struct Trip {
    double seconds = 0;
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;
    std::size_t step = 0;
};

class SimulatedRamp {
public:
    SimulatedRamp(const SimulationPlan& plan, double canary_failures)
        : plan_(plan),
          canary_failures_(canary_failures),
          evaluation_(plan.terms),
          random_(plan.seed) {}

    // Nothing: it was promoted.
    std::optional<Trip> run() {
        Evidence evidence{};
        Evaluation::begin(evidence);
        double due = 0;  // requests, whole and in part
        std::uint64_t ticks = 0;
        for (std::size_t step = 0; step < plan_.steps.size() && plan_.steps[step] < 1; ++step) {
            const auto ticks_of_step =
                static_cast<std::uint64_t>(std::max(1L, std::lround(plan_.hold_s / kTick_s)));
            for (std::uint64_t i = 0; i < ticks_of_step; ++i) {
                due += plan_.requests_per_s * kTick_s;
                const auto requests = static_cast<std::uint64_t>(due);
                due -= static_cast<double>(requests);
                ++ticks;
                if (evaluation_.advance(evidence, draw(requests, plan_.steps[step]))) {
                    return Trip{static_cast<double>(ticks) * kTick_s, evidence.counts.canary.done,
                                evidence.counts.canary.bad, step};
                }
            }
        }
        return std::nullopt;
    }

private:
    CanaryCounts draw(std::uint64_t requests, double share) {
        CanaryCounts counts{};
        counts.canary.done = binomial(requests, share);
        counts.baseline.done = requests - counts.canary.done;
        counts.canary.bad = binomial(counts.canary.done, canary_failures_);
        counts.baseline.bad = binomial(counts.baseline.done, plan_.baseline_failures);
        return counts;
    }

    std::uint64_t binomial(std::uint64_t n, double p) {
        if (n == 0 || p <= 0) {
            return 0;
        }
        return p >= 1 ? n : std::binomial_distribution<std::uint64_t>(n, p)(random_);
    }

    const SimulationPlan& plan_;
    double canary_failures_;
    Evaluation evaluation_;
    std::mt19937_64 random_;
};

// Nearest rank.
double quantile(const std::vector<double>& sorted, double share) {
    if (sorted.empty()) {
        return 0;
    }
    const double rank = std::ceil(share * static_cast<double>(sorted.size()));
    const auto place = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
    return sorted[std::min(place, sorted.size() - 1)];
}

template <typename Member>
SimulatedQuantity quantity(const std::vector<Trip>& trips, Member member) {
    std::vector<double> values;
    values.reserve(trips.size());
    for (const Trip& trip : trips) {
        values.push_back(static_cast<double>(trip.*member));
    }
    std::sort(values.begin(), values.end());
    return {quantile(values, .5), quantile(values, .9), quantile(values, .99)};
}

}  // namespace

unsigned affordable_runs(std::uint64_t ticks) {
    const std::uint64_t runs = kTicksASecond / std::max<std::uint64_t>(ticks * 2, 1);
    return static_cast<unsigned>(std::clamp<std::uint64_t>(runs, 20, 1000));
}

SimulationResult simulate(const SimulationPlan& plan) {
    SimulationResult result;
    const auto held =
        std::count_if(plan.steps.begin(), plan.steps.end(), [](double step) { return step < 1; });
    result.ramp_s = static_cast<double>(held) * plan.hold_s;
    result.runs = plan.runs > 0
                      ? plan.runs
                      : affordable_runs(static_cast<std::uint64_t>(result.ramp_s / kTick_s));
    result.tripped_at_step.resize(plan.steps.size());
    std::vector<Trip> trips;
    SimulatedRamp failing(plan, plan.canary_failures);
    SimulatedRamp healthy(plan, plan.baseline_failures);
    for (unsigned run = 0; run < result.runs; ++run) {
        if (const std::optional<Trip> trip = failing.run()) {
            trips.push_back(*trip);
            ++result.tripped_at_step[trip->step];
        }
        result.false_alarms += healthy.run() ? 1u : 0u;
    }
    result.tripped = static_cast<unsigned>(trips.size());
    result.seconds = quantity(trips, &Trip::seconds);
    result.requests = quantity(trips, &Trip::requests);
    result.errors = quantity(trips, &Trip::errors);
    return result;
}

}  // namespace teal::cli
