// The mathematics of experiments against values worked out elsewhere: 40-digit integration of the
// mixtures, and in here a plain sum over the density.
#include "shared/experiment/lift.hpp"
#include "shared/experiment/needed.hpp"
#include "shared/experiment/value.hpp"
#include "shared/experiment/verdict.hpp"

#include "tests/catch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace teal::experiment;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// ln(exp(a) + exp(b)) without overflow.
double log_sum(double a, double b) {
    const double more = std::max(a, b);
    return more == -kInfinity ? more : more + std::log1p(std::exp(std::min(a, b) - more));
}

// ln of the integral of the mixture's density times the counts' likelihood, over ln(p / (1-p)), by
// the trapezoid rule, which is as good as exact for functions that fall off at both ends.
double integrated(BetaMixture mixture, double yes, double no) {
    const auto log_integral = [](double a, double b) {
        double sum = -kInfinity;
        constexpr double kStep = 1.0 / 1024;
        for (double x = -60; x <= 60; x += kStep) {
            const double log_p = -std::log1p(std::exp(-x));
            const double log_not_p = -std::log1p(std::exp(x));
            sum = log_sum(sum, a * log_p + b * log_not_p + std::log(kStep));
        }
        return sum;
    };
    return log_integral(mixture.a + yes, mixture.b + no) - log_integral(mixture.a, mixture.b);
}

struct Golden {
    BetaMixture mixture;
    double yes, no, p, log_e;
};
constexpr Golden kGolden[] = {
    {{2, 3}, 0, 0, .4, 0.0},
    {{2, 3}, 1, 0, .4, 0.0},
    {{2, 3}, 7, 4, .4, 0.226826998885508},
    {{.5, .5}, 30, 970, .02, -1.46603599861857},
    {{840, 840}, 600, 500, .5, 1.54770931045152},
    {{167.9, 1511.1}, 150, 900, .1, 3.62614071483075},
};

}  // namespace

TEST_CASE("evidence of the beta mixture is what integration says") {
    for (const Golden& golden : kGolden) {
        INFO(golden.mixture.a << " " << golden.yes << " " << golden.no);
        CHECK(log_evidence(golden.mixture, golden.yes, golden.no, golden.p) ==
              Catch::Approx(golden.log_e).margin(1e-9));
        CHECK(log_mixture(golden.mixture, golden.yes, golden.no) ==
              Catch::Approx(integrated(golden.mixture, golden.yes, golden.no)).margin(1e-7));
    }
}

TEST_CASE("intervals for a rate end where the evidence is enough") {
    const Interval thousand = chance_interval(kAnyChance, 30, 970, .05);
    CHECK(thousand.low == Catch::Approx(0.0142793081238699).epsilon(1e-9));
    CHECK(thousand.high == Catch::Approx(0.054018341317973).epsilon(1e-9));
    const Interval many = chance_interval(kAnyChance, 3000, 97'000, .05);
    CHECK(many.low == Catch::Approx(0.0277701431564492).epsilon(1e-9));
    CHECK(many.high == Catch::Approx(0.0323423682520886).epsilon(1e-9));
}

TEST_CASE("intervals for a rate at its limits") {
    const Interval nothing = chance_interval(kAnyChance, 0, 0, .05);
    CHECK(nothing.low == 0.0);
    CHECK(nothing.high == 1.0);
    const Interval none = chance_interval(kAnyChance, 0, 50, .05);
    CHECK(none.low == 0.0);
    CHECK(log_evidence(kAnyChance, 0, 50, none.high) == Catch::Approx(std::log(20)));
    const Interval all = chance_interval(kAnyChance, 50, 0, .05);
    CHECK(all.high == 1.0);
    CHECK(all.low == Catch::Approx(1.0 - none.high));
    CHECK(log_evidence(kAnyChance, 1, 1, 0.0) == kInfinity);
    CHECK(log_evidence(kAnyChance, 1, 1, 1.0) == kInfinity);
    // So many that nothing but rounding is left of the width.
    const Interval huge = chance_interval(kAnyChance, 5e14, 5e14, .05);
    CHECK(huge.holds(.5));
    CHECK(huge.high - huge.low < 1e-4);
}

TEST_CASE("the lift's evidence and interval are what integration says") {
    const Pair ten_percent{.5, 5500, 5000};
    CHECK(log_lift_evidence(ten_percent, .05) == Catch::Approx(9.27621567294922).epsilon(1e-9));
    const Interval interval = lift_interval(ten_percent, .05, .05);
    CHECK(interval.low == Catch::Approx(0.0302244350401591).epsilon(1e-8));
    CHECK(interval.high == Catch::Approx(0.174581504761128).epsilon(1e-8));
    CHECK(lift_estimate(ten_percent) == Catch::Approx(.1));

    const Pair uneven{.1, 150, 900};
    CHECK(log_lift_evidence(uneven, .2) == Catch::Approx(6.62144023433461).epsilon(1e-9));
    const Interval wide = lift_interval(uneven, .2, .01);
    CHECK(wide.low == Catch::Approx(0.0483023579068482).epsilon(1e-8));
    CHECK(wide.high == Catch::Approx(1.08679449609185).epsilon(1e-8));
    CHECK(lift_estimate(uneven) == Catch::Approx(.5));
}

TEST_CASE("a variant without conversions has a lift from -100 %, one alone has no upper end") {
    const Interval none = lift_interval({.3, 0, 10}, .05, .05);
    CHECK(none.low == -1.0);
    CHECK(none.high == Catch::Approx(1.15995655987341).epsilon(1e-8));
    const Interval alone = lift_interval({.3, 10, 0}, .05, .05);
    CHECK(alone.high == kInfinity);
    CHECK(std::isnan(lift_estimate({.3, 10, 0})));
    const Interval nothing = lift_interval({.3, 0, 0}, .05, .05);
    CHECK(nothing.low == -1.0);
    CHECK(nothing.high == kInfinity);
}

TEST_CASE("turning a pair round turns its lift round") {
    const Interval there = lift_interval({.3, 400, 800}, .05, .05);
    const Interval back = lift_interval({.7, 800, 400}, .05, .05);
    CHECK((1 + there.low) * (1 + back.high) == Catch::Approx(1.0));
    CHECK((1 + there.high) * (1 + back.low) == Catch::Approx(1.0));
}

TEST_CASE("evidence kept up to date is the evidence of all counts") {
    std::mt19937_64 random(5);
    std::bernoulli_distribution variants(.34);
    const BetaMixture mixture = lift_mixture(.3, .05);
    RunningEvidence running(mixture, .3);
    double yes = 0;
    for (int n = 1; n <= 20'000; ++n) {
        const bool is_variants = variants(random);
        running.add(is_variants);
        yes += is_variants ? 1 : 0;
        if (n % 1000 == 0) {
            CHECK(running.log_evidence() ==
                  Catch::Approx(log_evidence(mixture, yes, n - yes, .3)).margin(1e-7));
        }
    }
}

TEST_CASE("values: the interval's width is the published formula's") {
    // A standard deviation of 1 and a mean of 3.
    const auto of = [](double n) {
        return ValueCounts{static_cast<std::uint64_t>(n), 3 * n, 10 * n};
    };
    Interval interval{};
    REQUIRE(value_interval(of(100), .05, interval));
    CHECK((interval.high - interval.low) / 2 == Catch::Approx(0.867525599281367));
    REQUIRE(value_interval(of(10'000), .05, interval));
    CHECK((interval.high - interval.low) / 2 == Catch::Approx(0.0303544639663593));
    CHECK((interval.high + interval.low) / 2 == Catch::Approx(3));
    REQUIRE(value_interval(of(1'000'000), .01, interval));
    CHECK((interval.high - interval.low) / 2 == Catch::Approx(0.0040434667495544));

    REQUIRE(value_lift_interval(of(5000), of(5000), .05, interval));
    CHECK(std::log1p(interval.high) == Catch::Approx(0.0303544639663593 * 2 / 3));
    CHECK(std::log1p(interval.low) == Catch::Approx(-0.0303544639663593 * 2 / 3));
}

TEST_CASE("values: nothing is said of few visitors, of no spread, or of a mean below 0") {
    Interval interval{};
    CHECK_FALSE(value_interval({0, 0, 0}, .05, interval));
    CHECK_FALSE(value_interval({99, 10, 100}, .05, interval));
    CHECK_FALSE(value_interval({1000, 1000, 1000}, .05, interval));
    CHECK(std::isnan(value_mean({0, 0, 0})));
    CHECK_FALSE(value_lift_interval({1000, -10, 1000}, {1000, 10, 1000}, .05, interval));
    CHECK(value_lift_interval({1000, 10, 1000}, {1000, 10, 1000}, .05, interval));
}

TEST_CASE("verdicts") {
    const Terms terms{.05, .05, .05};
    SECTION("nothing yet") {
        const Arm arms[] = {{.5, 0, 0}, {.5, 0, 0}};
        CHECK(judge(arms, 2, terms).verdict == Verdict::undecided);
    }
    SECTION("a winner, and the control as winner") {
        const Arm arms[] = {{.5, 50'000, 5000}, {.5, 50'000, 5500}};
        const Judgement judged = judge(arms, 2, terms);
        CHECK(judged.verdict == Verdict::winner);
        CHECK(judged.winner == 1);
        CHECK(judged.log_evidence == Catch::Approx(9.27621567294922));
        const Arm turned[] = {arms[1], arms[0]};
        CHECK(judge(turned, 2, terms).winner == 0);
    }
    SECTION("two that beat the third, but not each other, are no winner") {
        const Arm arms[] = {{.4, 40'000, 4000}, {.3, 30'000, 3600}, {.3, 30'000, 3590}};
        const Judgement judged = judge(arms, 3, terms);
        CHECK(judged.verdict == Verdict::undecided);
        CHECK(judged.log_evidence > std::log(60));
    }
    SECTION("no difference larger than the effect") {
        const Arm arms[] = {{.5, 1'000'000, 50'000}, {.5, 1'000'000, 50'100}};
        CHECK(judge(arms, 2, terms).verdict == Verdict::equivalent);
        CHECK(judge(arms, 2, {.05, .05, .01}).verdict == Verdict::undecided);
    }
    SECTION("a winner on visitors that were not split as intended is none") {
        const Arm arms[] = {{.5, 50'000, 5000}, {.5, 53'000, 5500}};
        const Judgement judged = judge(arms, 2, terms);
        CHECK(judged.verdict == Verdict::broken);
        CHECK(judged.log_sample_ratio > std::log(1000));
    }
}

TEST_CASE("more comparisons share the chance of error") {
    CHECK(pair_alpha(.05, 2) == Catch::Approx(.05));
    CHECK(pair_alpha(.05, 3) == Catch::Approx(.05 / 3));
    CHECK(pair_alpha(.05, 8) == Catch::Approx(.05 / 28));
}

TEST_CASE("what is needed reaches the evidence, and is less for more") {
    const Plan half{.5, .05, .05, .05, 0.0};
    const double n = conversions_needed(half, .05);
    const double yes = n * label_chance(.5, .05);
    CHECK(log_evidence(lift_mixture(.5, .05), yes, n - yes, .5) == Catch::Approx(std::log(20)));
    const Plan surer{.5, .05, .05, .05};
    CHECK(conversions_needed(surer, .05) > n);
    CHECK(conversions_needed(surer, .10) < conversions_needed(surer, .05));
    CHECK(conversions_needed(surer, -.05) ==
          Catch::Approx(conversions_needed(surer, .05)).epsilon(.15));
    CHECK(visitors_for(half, n, 0.0) == Catch::Approx(n / .05));
    CHECK(visitors_for({.5, 0.0, .05, .05}, n, 0.0) == kInfinity);
    CHECK(conversions_needed({.5, .05, 1e-9, .05}, 1e-9) == kInfinity);

    const double none = conversions_needed_for_none(half, .05);
    CHECK(lift_interval({.5, static_cast<std::uint64_t>(none * .501),  // rounded up, not down
                         static_cast<std::uint64_t>(none * .501)},
                        .05, .05)
              .lies_in(-.05, .05));
    CHECK_FALSE(lift_interval({.5, static_cast<std::uint64_t>(none * .499),
                               static_cast<std::uint64_t>(none * .499)},
                              .05, .05)
                    .lies_in(-.05, .05));
}
