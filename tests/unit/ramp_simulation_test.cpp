// The simulator against the delays that were worked out for the guard, and against itself.
#include "cli/ramp/simulation.hpp"
#include "tests/catch.hpp"
#include "tests/unit/cli_simulated_nginx.hpp"

#include <nlohmann/json.hpp>

using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;

namespace {

// 10 % of 1 000 requests a second.
SimulationPlan tenth(double baseline, double canary) {
    SimulationPlan plan;
    plan.baseline_failures = baseline;
    plan.canary_failures = canary;
    plan.steps = {.1, 1};
    plan.hold_s = 200;
    plan.runs = 150;
    return plan;
}

}  // namespace

TEST_CASE("simulated delays are those the guard has to reach, plus a tick") {
    struct Row {
        double baseline, canary, median_s, p99_s;
    };
    for (const Row& row : {Row{.001, .50, .4, .7},
                           {.001, .10, 1.5, 3},
                           {.001, .05, 3, 6},
                           {.01, .50, .4, .8},
                           {.01, .10, 2.7, 5.4},
                           {.01, .05, 8.5, 16}}) {
        const SimulationResult result = simulate(tenth(row.baseline, row.canary));
        INFO(row.baseline << " to " << row.canary << ": " << result.seconds.median << ", "
                          << result.seconds.p99);
        CHECK(result.tripped == result.runs);
        CHECK(result.seconds.median <= row.median_s + .1 + 1e-9);
        CHECK(result.seconds.median >= row.median_s * .7);
        // The visitors' number varies from tick to tick here, so the worst case is a bit longer.
        CHECK(result.seconds.p99 <= row.p99_s * 1.25 + .1);
        CHECK(result.false_alarms == 0);
        // Some 100 requests a second, of which the canary's share fails.
        CHECK(result.requests.median == Catch::Approx(result.seconds.median * 100).epsilon(.3));
    }
}

TEST_CASE("the same seed gives the same numbers, another one others") {
    SimulationPlan plan = tenth(.01, .05);
    plan.runs = 20;
    const SimulationResult first = simulate(plan);
    CHECK(simulate(plan).seconds.p90 == first.seconds.p90);
    CHECK(simulate(plan).requests.median == first.requests.median);
    plan.seed = 2;
    CHECK(simulate(plan).requests.median != first.requests.median);
}

TEST_CASE("a canary that fails as often as the baseline is promoted, and a sick one is not") {
    SimulationPlan plan;
    plan.canary_failures = plan.baseline_failures;
    plan.hold_s = 20;
    plan.runs = 50;
    const SimulationResult healthy = simulate(plan);
    CHECK(healthy.tripped == 0);
    CHECK(healthy.seconds.median == 0);
    CHECK(healthy.ramp_s == 80);  // four steps are held, the fifth is the end

    // Negative control: at alpha .1 over little more than the ramp some are tripped.
    plan.terms.alpha = .5;
    plan.terms.horizon = 800;
    plan.baseline_failures = plan.canary_failures = .02;
    plan.runs = 200;
    CHECK(simulate(plan).false_alarms > 0);

    plan = {};
    plan.canary_failures = .5;
    plan.runs = 50;
    const SimulationResult sick = simulate(plan);
    CHECK(sick.tripped == sick.runs);
    CHECK(sick.tripped_at_step[0] == sick.runs);  // 1 % of the traffic is enough
}

TEST_CASE("both arms alike only the objective finds the defect") {
    SimulationPlan plan = tenth(.1, .1);
    plan.runs = 20;
    plan.hold_s = 30;
    CHECK(simulate(plan).tripped == 0);
    plan.terms.objective = .01;
    CHECK(simulate(plan).tripped == plan.runs);
}

TEST_CASE("teal canary simulate prints its figures and refuses what cannot be simulated") {
    const auto simulate_with = [](std::vector<std::string> words) {
        words.insert(words.begin(), {"canary", "simulate"});
        return teal::tests::run_teal(words);
    };
    const auto said = simulate_with({"--runs", "20", "--hold", "20s"});
    CHECK(said.code == 0);
    CHECK_THAT(said.output, ContainsSubstring("promoted undetected") &&
                                ContainsSubstring("at most 0.0001 in a day"));
    const auto json = nlohmann::json::parse(
        simulate_with({"--runs", "20", "--hold", "20", "--canary", "50%", "--json"}).output);
    CHECK(json["runs"] == 20);
    CHECK(json["tripped"] == 20);
    CHECK(json["promoted_undetected"] == 0);
    for (const std::vector<std::string>& wrong :
         std::vector<std::vector<std::string>>{{"--baseline", "101%"},
                                               {"--canary", "x"},
                                               {"--rate", "0"},
                                               {"--steps", "5,1"},
                                               {"--steps", "100"},
                                               {"--steps", "1,101"},
                                               {"--hold", "soon"},
                                               {"--hold", "0"},
                                               {"--hold", "12h"},
                                               {"--alpha", "0"},
                                               {"--alpha", "0.2"},
                                               {"--margin", "0.5"},
                                               {"--max-errors", "0"},
                                               {"--runs", "1000000"}}) {
        INFO(wrong[0] << " " << wrong[1]);
        const auto refused = simulate_with(wrong);
        CHECK(refused.code == 2);
        CHECK_THAT(refused.errors, ContainsSubstring(wrong[0]) || ContainsSubstring("day"));
        CHECK_THAT(refused.errors, ContainsSubstring("next: "));
    }
}
