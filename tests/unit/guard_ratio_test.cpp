// The ratio test of shared/guard against the golden values it was specified with, and its edges.
#include "shared/guard/ratio.hpp"

#include "tests/catch.hpp"

#include <cmath>

using namespace teal::guard;

namespace {

// Counts with rho as the canary's share of the completions.
void counts_with(double rho, double x_c, double x_b, ArmCounts& canary, ArmCounts& baseline) {
    canary = {static_cast<std::uint64_t>(std::lround(1000 * rho)), static_cast<std::uint64_t>(x_c)};
    baseline = {1000 - canary.done, static_cast<std::uint64_t>(x_b)};
}

double plain_evidence(double x_c, double x_b, double rho) {
    ArmCounts canary{};
    ArmCounts baseline{};
    counts_with(rho, x_c, x_b, canary, baseline);
    LogFactors factors;
    RatioTest(1.0, Direction::worse).factors(canary, baseline, factors);
    Mixture mixture{};
    begin_plain(mixture);
    advance_plain(mixture, factors);
    return log_evidence(mixture);
}

}  // namespace

TEST_CASE("the plain mixture gives the specified values") {
    const struct {
        double x_c, x_b, rho, log_e;
    } golden[] = {{0, 0, .1, 0.0},
                  {1, 0, .1, 1.933308850019},
                  {5, 0, .1, 10.627873630943},
                  {5, 5, .1, 3.656253958787},
                  {10, 90, .1, -3.459837093652},
                  {20, 90, .1, 0.948813260241},
                  {3, 0, .01, 12.090065400482},
                  {50, 50, .5, -4.477421838933},
                  {60, 40, .5, -0.683424791867},
                  {0, 10, .1, -2.703979035126}};
    for (const auto& value : golden) {
        INFO(value.x_c << " and " << value.x_b << " at " << value.rho);
        CHECK(plain_evidence(value.x_c, value.x_b, value.rho) ==
              Catch::Approx(value.log_e).margin(1e-9).epsilon(0));
    }
}

TEST_CASE("a tick without failures, without a canary or without a baseline says nothing") {
    const RatioTest test(1.25, Direction::worse);
    const ArmCounts nothing{0, 0};
    const struct {
        ArmCounts canary, baseline;
    } silent[] = {
        {{100, 0}, {900, 0}}, {{100, 50}, nothing}, {nothing, {900, 30}}, {nothing, nothing}};
    for (const auto& tick : silent) {
        LogFactors factors;
        test.factors(tick.canary, tick.baseline, factors);
        for (const double factor : factors) {
            CHECK(factor == 0.0);
        }
    }
}

TEST_CASE("every factor's expectation is one at the margin and below it for a better canary") {
    // One failure; it is the canary's with chance theta(r).
    for (const double margin : {1.0, 1.25, 2.0}) {
        for (const double rho : {0.001, 0.1, 0.5, 0.9}) {
            const RatioTest test(margin, Direction::worse);
            ArmCounts canary{};
            ArmCounts baseline{};
            LogFactors if_canary;
            LogFactors if_baseline;
            counts_with(rho, 1, 0, canary, baseline);
            test.factors(canary, baseline, if_canary);
            counts_with(rho, 0, 1, canary, baseline);
            test.factors(canary, baseline, if_baseline);
            const double share = static_cast<double>(canary.done) / 1000;
            for (const double r : {margin, 0.8 * margin, 0.1 * margin}) {
                const double theta = share * r / (1 + share * (r - 1));
                for (std::size_t k = 0; k < kAlternatives; ++k) {
                    const double mean =
                        theta * std::exp(if_canary[k]) + (1 - theta) * std::exp(if_baseline[k]);
                    INFO("margin " << margin << " rho " << rho << " r " << r << " k " << k);
                    CHECK(mean <= 1 + 1e-12);
                    if (r == margin) {
                        CHECK(mean == Catch::Approx(1.0).epsilon(1e-12));
                    }
                }
            }
        }
    }
}

TEST_CASE("a margin changes what is accused: twice the failures are fine with margin two") {
    const auto evidence = [](double margin) {
        LogFactors factors;
        RatioTest(margin, Direction::worse).factors({1000, 40}, {1000, 20}, factors);
        Mixture mixture{};
        begin_plain(mixture);
        for (int tick = 0; tick < 20; ++tick) {
            advance_plain(mixture, factors);
        }
        return log_evidence(mixture);
    };
    CHECK(evidence(1.0) > std::log(1e4));
    CHECK(evidence(2.0) < 0.0);
}

TEST_CASE("the other direction collects evidence for a canary that is no worse") {
    const RatioTest test(2.0, Direction::no_worse);
    CHECK(test.ratio(0) < 2.0);
    CHECK(test.ratio(kAlternatives - 1) == Catch::Approx(2.0 / 1024));
    const auto evidence = [&](const ArmCounts& canary, const ArmCounts& baseline) {
        LogFactors factors;
        test.factors(canary, baseline, factors);
        Mixture mixture{};
        begin_plain(mixture);
        advance_plain(mixture, factors);
        return log_evidence(mixture);
    };
    CHECK(evidence({10'000, 10}, {90'000, 90}) > 0.0);
    CHECK(evidence({100'000, 100}, {900'000, 900}) > std::log(1e4));
    CHECK(evidence({100'000, 200}, {900'000, 900}) < 0.0);  // twice: not accepted
    CHECK(evidence({0, 0}, {0, 0}) == 0.0);                 // no data never promotes
    CHECK(evidence({100'000, 0}, {900'000, 0}) == Catch::Approx(0.0).margin(1e-12));
}

TEST_CASE("a restarted mixture begins with nothing and gains gamma a tick") {
    RestartedMixture mixture{};
    begin_restarted(mixture);
    CHECK(mean_evidence(mixture) == 0.0);
    const LogFactors neutral{};
    for (int tick = 0; tick < 500; ++tick) {
        tick % 2 == 0 ? advance_restarted(mixture, neutral, 0.001)
                      : advance_restarted(mixture, 0.001);
    }
    CHECK(mean_evidence(mixture) == Catch::Approx(0.5).epsilon(1e-9));
}

TEST_CASE("a restarted mixture follows R <- (R + gamma) f for every alternative") {
    const RatioTest test(1.0, Direction::worse);
    RestartedMixture mixture{};
    begin_restarted(mixture);
    constexpr double kGamma = 1e-3;
    double expected[kAlternatives] = {};
    const ArmCounts ticks[][2] = {{{10, 1}, {90, 1}}, {{12, 0}, {88, 2}}, {{9, 4}, {91, 0}}};
    for (const auto& tick : ticks) {
        LogFactors factors;
        test.factors(tick[0], tick[1], factors);
        advance_restarted(mixture, factors, kGamma);
        for (std::size_t k = 0; k < kAlternatives; ++k) {
            expected[k] = (expected[k] + kGamma) * std::exp(factors[k]);
        }
    }
    double mean = 0;
    for (std::size_t k = 0; k < kAlternatives; ++k) {
        CHECK(mixture.e[k] == Catch::Approx(expected[k]).epsilon(1e-12));
        mean += expected[k] / kAlternatives;
    }
    CHECK(mean_evidence(mixture) == Catch::Approx(mean).epsilon(1e-12));
}

TEST_CASE("a restarted mixture neither overflows nor is lost, whatever a tick brings") {
    const RatioTest test(1.0, Direction::worse);
    RestartedMixture mixture{};
    begin_restarted(mixture);
    LogFactors factors;
    test.factors({1'000'000, 1'000'000}, {9'000'000, 0}, factors);
    for (int tick = 0; tick < 10; ++tick) {
        advance_restarted(mixture, factors, 1e-6);
    }
    CHECK(std::isfinite(mean_evidence(mixture)));
    CHECK(mean_evidence(mixture) > 1e200);
    // Health of the same size takes everything away, and the next failures are seen all the same.
    test.factors({1'000'000, 0}, {9'000'000, 9'000'000}, factors);
    for (int tick = 0; tick < 10; ++tick) {
        advance_restarted(mixture, factors, 1e-6);
    }
    CHECK(mean_evidence(mixture) < 1e-6);
    test.factors({100, 50}, {900, 0}, factors);
    advance_restarted(mixture, factors, 1e-6);
    CHECK(mean_evidence(mixture) > 1e4);
}
