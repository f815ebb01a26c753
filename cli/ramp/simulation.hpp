// What a ramp with these steps, holds and terms would do with a canary that fails so often, tried
// out many times with chance alone in place of visitors, and with the very code that nginx's guard
// runs. For choosing alpha, steps and holds before a release; pure, and the same for the same seed.
//
// Per tick of 100 ms: each request goes to the canary with the step's share, and each fails with
// its side's rate, independently. Real visitors come in bursts, and their failures in clusters: the
// guard's promise holds all the same (see STATISTICS of the project), the delays are a little
// longer.
#pragma once

#include "shared/guard/evidence.hpp"

#include <cstdint>
#include <vector>

namespace teal::cli {

struct SimulationPlan {
    double baseline_failures = 0.001;  // shares of attempts, 0..1
    double canary_failures = 0.05;
    double requests_per_s = 1000;  // of the whole split
    std::vector<double> steps{.01, .05, .25, .5,
                              1};  // the canary's share, growing; 1 ends the ramp
    double hold_s = 60;            // at each step
    guard::GuardTerms terms{};
    unsigned runs = 0;  // 0: as many as take about a second, 20 to 1 000
    std::uint64_t seed = 1;
};

// Of the runs that were tripped.
struct SimulatedQuantity {
    double median = 0;
    double p90 = 0;
    double p99 = 0;
};

struct SimulationResult {
    unsigned runs = 0;
    unsigned tripped = 0;  // the others were promoted
    SimulatedQuantity seconds;
    SimulatedQuantity requests;             // that the canary got until it was tripped
    SimulatedQuantity errors;               // of them
    std::vector<unsigned> tripped_at_step;  // as many as steps
    // The same with a canary that fails as often as the baseline.
    unsigned false_alarms = 0;
    double ramp_s = 0;  // how long an untroubled ramp takes
};

// REQUIRES: shares 0..1, steps growing and above 0, requests_per_s and hold_s above 0, valid terms.
SimulationResult simulate(const SimulationPlan& plan);

// Runs that take about a second for a ramp of so many ticks.
unsigned affordable_runs(std::uint64_t ticks);

}  // namespace teal::cli
