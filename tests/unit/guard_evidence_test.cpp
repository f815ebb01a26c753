// How the guard's tests are put together.
#include "shared/guard/evidence.hpp"

#include "tests/catch.hpp"
#include "tests/unit/guard_simulation.hpp"

#include <cmath>

using namespace teal::guard;
using namespace teal::guard::simulation;

namespace {

CanaryCounts tick_of(ArmCounts canary, ArmCounts baseline) {
    CanaryCounts counts{};
    counts.canary = canary;
    counts.baseline = baseline;
    return counts;
}

// Ticks of the same counts until the trip.
int ticks_until(const Evaluation& evaluation, const CanaryCounts& tick, int most) {
    Evidence evidence{};
    Evaluation::begin(evidence);
    for (int i = 1; i <= most; ++i) {
        if (evaluation.advance(evidence, tick)) {
            return i;
        }
    }
    return most;
}

}  // namespace

TEST_CASE("counts add up for the audit") {
    const Evaluation evaluation({.objective = .01, .slow_thresholds = 2});
    Evidence evidence{};
    Evaluation::begin(evidence);
    CanaryCounts tick = tick_of({10, 1}, {90, 2});
    tick.canary_slow[1] = {10, 3};
    tick.baseline_slow[0] = {90, 4};
    for (int i = 0; i < 3; ++i) {
        evaluation.advance(evidence, tick);
    }
    CHECK(evidence.ticks == 3);
    CHECK(evidence.counts.canary.done == 30);
    CHECK(evidence.counts.canary.bad == 3);
    CHECK(evidence.counts.baseline.bad == 6);
    CHECK(evidence.counts.canary_slow[1].bad == 9);
    CHECK(evidence.counts.baseline_slow[0].bad == 12);
}

TEST_CASE("the combined evidence is the mean of the tests that are in use") {
    const CanaryCounts tick = tick_of({10, 2}, {90, 1});
    Evidence evidence{};
    Evaluation::begin(evidence);
    const Evaluation all({.horizon = 1000, .objective = .01, .slow_thresholds = 3});
    all.advance(evidence, tick);
    double slow = 0;
    for (const RestartedMixture& mixture : evidence.slow) {
        slow += mean_evidence(mixture) / 3;
    }
    const double mean =
        (mean_evidence(evidence.failures) + mean_evidence(evidence.objective) + slow) / 3;
    CHECK(all.log_evidence(evidence) == Catch::Approx(std::log(mean)).epsilon(1e-12));

    const Evaluation failures_alone({.horizon = 1000});
    CHECK(failures_alone.log_evidence(evidence) ==
          Catch::Approx(std::log(mean_evidence(evidence.failures))).epsilon(1e-12));
}

TEST_CASE("each defect trips alone: failures, the objective, slow answers at one threshold") {
    const GuardTerms terms{.objective = .05, .slow_thresholds = 3};
    const Evaluation evaluation(terms);
    CHECK(ticks_until(evaluation, tick_of({10, 0}, {90, 0}), 2000) == 2000);
    CHECK(ticks_until(evaluation, tick_of({10, 2}, {90, 0}), 2000) < 10);
    CHECK(ticks_until(evaluation, tick_of({10, 3}, {90, 27}), 2000) < 40);
    CanaryCounts slow = tick_of({10, 0}, {90, 0});
    slow.canary_slow[2] = {10, 3};
    slow.baseline_slow[2] = {90, 1};
    CHECK(ticks_until(evaluation, slow, 2000) < 20);
    // The same share of slow answers is no defect.
    slow.baseline_slow[2] = {90, 27};
    CHECK(ticks_until(evaluation, slow, 2000) == 2000);
    // One that hangs completes nothing: its slow attempts are all there is.
    CanaryCounts hanging = tick_of({0, 0}, {90, 0});
    hanging.canary_slow[0] = {10, 10};
    hanging.baseline_slow[0] = {90, 5};
    CHECK(ticks_until(evaluation, hanging, 2000) < 5);
}

TEST_CASE("without a baseline only the objective speaks") {
    const CanaryCounts lonely = tick_of({100, 50}, {0, 0});
    CHECK(ticks_until(Evaluation({}), lonely, 500) == 500);
    CHECK(ticks_until(Evaluation({.objective = .01}), lonely, 500) == 1);
}

TEST_CASE("state that was copied out and back goes on as if nothing had happened") {
    const Evaluation evaluation({.objective = .01});
    Binomials chance(5);
    Evidence whole{};
    Evaluation::begin(whole);
    Evidence resumed = whole;
    for (int i = 0; i < 300; ++i) {
        const CanaryCounts tick = tick_of({10, chance.draw(10, .02)}, {90, chance.draw(90, .01)});
        evaluation.advance(whole, tick);
        Evidence copy = resumed;  // another worker takes over
        Evaluation({.objective = .01}).advance(copy, tick);
        resumed = copy;
    }
    CHECK(evaluation.log_evidence(resumed) == evaluation.log_evidence(whole));
}
