// What experiments promise, by simulation: 2 000 of two equal variants, looked at after every
// visitor, and how often a winner is ever declared; the same with the test that most tools use,
// which is right for one look only.
#include "shared/experiment/lift.hpp"
#include "shared/experiment/needed.hpp"
#include "shared/experiment/value.hpp"
#include "shared/experiment/verdict.hpp"

#include "tests/catch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

using namespace teal::experiment;

namespace {

constexpr int kTests = 2000;
constexpr int kVisitors = 20'000;
constexpr double kAlpha = .05;
constexpr int kMostWinners = 100;  // 5 % of them
constexpr double kEffect = .05;

// The generator's own words, compared with integers: 40 million visitors in a blink.
class Chance {
public:
    explicit Chance(std::uint64_t seed) : random_(seed) {}
    // Two events of one word: 32 bits each.
    struct Visitor {
        bool variants;
        bool converts;
    };
    Visitor visitor(double share, double control_rate, double variant_rate) {
        const std::uint64_t word = random_();
        const bool variants = static_cast<double>(word >> 32) < share * 4294967296.0;
        const double rate = variants ? variant_rate : control_rate;
        return {variants, static_cast<double>(word & 0xffffffffu) < rate * 4294967296.0};
    }
    std::mt19937_64& random() { return random_; }

private:
    std::mt19937_64 random_;
};

// Looks after each visitor.
class Peeking {
public:
    Peeking(double share, double effect)
        : evidence_(lift_mixture(share, effect), share), threshold_(-std::log(kAlpha)) {}
    bool declares(Chance::Visitor visitor) {
        if (!visitor.converts) {
            return false;  // the evidence is what it was at the last look
        }
        evidence_.add(visitor.variants);
        return evidence_.log_evidence() >= threshold_;
    }

private:
    RunningEvidence evidence_;
    double threshold_;
};

// The fixed-horizon test of two shares with pooled variance, as calculators on the web do it.
class FixedHorizon {
public:
    bool declares(Chance::Visitor visitor) {
        visitors_[visitor.variants] += 1;
        conversions_[visitor.variants] += visitor.converts ? 1 : 0;
        const double n = visitors_[0] + visitors_[1];
        if (visitors_[0] < 100 || visitors_[1] < 100) {
            return false;  // the usual rule of thumb before one looks
        }
        const double pooled = (conversions_[0] + conversions_[1]) / n;
        const double variance = pooled * (1 - pooled) * (1 / visitors_[0] + 1 / visitors_[1]);
        const double difference = conversions_[1] / visitors_[1] - conversions_[0] / visitors_[0];
        return difference * difference >= 3.8414588206941254 * variance && variance > 0;
    }

private:
    double visitors_[2] = {};
    double conversions_[2] = {};
};

// How many of the experiments without a difference ever declare a winner.
template <typename Begin>
int winners(std::uint64_t seed, double share, double rate, Begin begin, int tests = kTests) {
    Chance chance(seed);
    int declared = 0;
    for (int test = 0; test < tests; ++test) {
        auto look = begin();
        for (int n = 0; n < kVisitors; ++n) {
            if (look.declares(chance.visitor(share, rate, rate))) {
                ++declared;
                break;
            }
        }
    }
    return declared;
}

}  // namespace

TEST_CASE("2 000 A/A tests, looked at after every visitor, declare at most 5 % winners") {
    const auto peeking = [](double share, double effect) {
        return [=] { return Peeking(share, effect); };
    };
    const int even = winners(1, .5, .05, peeking(.5, kEffect));
    const int uneven = winners(2, .1, .05, peeking(.1, .2));
    const int rare = winners(3, .5, .002, peeking(.5, kEffect));
    const int frequent = winners(4, .5, .5, peeking(.5, kEffect));
    INFO(even << ", " << uneven << ", " << rare << ", " << frequent << " of " << kTests);
    CHECK(even <= kMostWinners);
    CHECK(uneven <= kMostWinners);
    CHECK(rare <= kMostWinners);
    CHECK(frequent <= kMostWinners);
    CHECK(even + uneven + frequent > 0);  // it can
}

TEST_CASE("negative control: the fixed-horizon z-test fails the same harness") {
    const int declared = winners(1, .5, .05, [] { return FixedHorizon(); });
    INFO(declared << " of " << kTests);
    CHECK(declared > 4 * kMostWinners);
}

TEST_CASE("negative control: weights that are not what the evidence takes them for fail it too") {
    CHECK(winners(
              5, .6, .05, [] { return Peeking(.5, kEffect); }, 100) > 90);
}

TEST_CASE("A/A/A tests judged as the report does it declare at most 5 % winners") {
    // Looked at after every conversion; the judgement is that of all pairs.
    Chance chance(6);
    int declared = 0;
    int close = 0;
    constexpr int kFewer = 400;
    for (int test = 0; test < kFewer; ++test) {
        Arm arms[] = {{.4, 0, 0}, {.3, 0, 0}, {.3, 0, 0}};
        std::discrete_distribution<int> arm({.4, .3, .3});
        for (int n = 0; n < 600; ++n) {
            Arm& drawn = arms[arm(chance.random())];
            drawn.visitors += 20;
            drawn.conversions += 1;
            const Judgement judged = judge(arms, 3, {kAlpha, .5, .5});
            close += judged.verdict == Verdict::equivalent ? 1 : 0;
            if (judged.verdict == Verdict::winner) {
                ++declared;
                break;
            }
        }
    }
    INFO(declared << " of " << kFewer);
    CHECK(declared <= 20);
    CHECK(close > 0);
}

TEST_CASE("the lift's interval holds the true lift at every visitor in at least 95 %") {
    for (const double lift : {-.3, .08, 1.0}) {
        constexpr double kShare = .3;
        Chance chance(7);
        int missed = 0;
        for (int test = 0; test < kTests; ++test) {
            // The interval holds the lift as long as the evidence against it is below 1/alpha.
            RunningEvidence against(lift_mixture(kShare, kEffect), label_chance(kShare, lift));
            for (int n = 0; n < kVisitors; ++n) {
                const auto visitor = chance.visitor(kShare, .1, .1 * (1 + lift));
                if (visitor.converts) {
                    against.add(visitor.variants);
                }
                if (visitor.converts && against.log_evidence() >= -std::log(kAlpha)) {
                    ++missed;
                    break;
                }
            }
        }
        INFO("lift " << lift << ": " << missed << " of " << kTests);
        CHECK(missed <= kMostWinners);
    }
}

TEST_CASE("a rate's interval holds the true rate at every visitor in at least 95 %") {
    Chance chance(8);
    int missed = 0;
    for (int test = 0; test < 500; ++test) {
        RunningEvidence against(kAnyChance, .03);
        for (int n = 0; n < kVisitors; ++n) {
            against.add(chance.visitor(1, 0, .03).converts);
            if (against.log_evidence() >= -std::log(kAlpha)) {
                ++missed;
                break;
            }
        }
    }
    INFO(missed << " of 500");
    CHECK(missed <= 25);
    CHECK(missed > 0);
}

TEST_CASE("an effect is found by as many visitors as were said to be needed") {
    struct Case {
        double share, rate, lift, effect;
    };
    for (const Case& is : {Case{.5, .05, .1, .1}, Case{.2, .1, -.2, .2}, Case{.5, .02, .5, .2}}) {
        const Plan half{is.share, is.rate, is.effect, kAlpha, 0.0};
        const Plan surer{is.share, is.rate, is.effect, kAlpha};
        const double by_half = visitors_for(half, conversions_needed(half, is.lift), is.lift);
        const double by_most = visitors_for(surer, conversions_needed(surer, is.lift), is.lift);
        Chance chance(9);
        std::vector<double> found;
        constexpr int kFewer = 300;
        for (int test = 0; test < kFewer; ++test) {
            Peeking look(is.share, is.effect);
            double n = 1;
            while (!look.declares(chance.visitor(is.share, is.rate, is.rate * (1 + is.lift)))) {
                ++n;
            }
            found.push_back(n);
        }
        std::sort(found.begin(), found.end());
        INFO("lift " << is.lift << ": half by " << found[kFewer / 2] << ", said " << by_half
                     << "; 80 % by " << found[kFewer * 8 / 10] << ", said " << by_most);
        // Crossing early and falling back again helps: less is needed than said, not much less.
        CHECK(found[kFewer / 2] < by_half * 1.05);
        CHECK(found[kFewer / 2] > by_half * .6);
        CHECK(found[kFewer * 8 / 10] < by_most * 1.05);
        CHECK(found[kFewer * 8 / 10] > by_most * .7);
    }
}

TEST_CASE("a value's interval holds the true mean at all looks in about 95 %") {
    // Revenue as it is: most bring nothing, some bring a lot.
    std::mt19937_64 random(10);
    std::lognormal_distribution<double> basket(3.0, .8);
    std::bernoulli_distribution buys(.1);
    const double mean = .1 * std::exp(3.0 + .32);
    int missed = 0;
    int lift_missed = 0;
    constexpr int kFewer = 400;
    for (int test = 0; test < kFewer; ++test) {
        ValueCounts arms[2] = {};
        bool out = false;
        bool lift_out = false;
        for (int n = 1; n <= 20'000; ++n) {
            ValueCounts& arm = arms[n % 2];
            const double value = buys(random) ? basket(random) : 0.0;
            ++arm.visitors;
            arm.sum += value;
            arm.square_sum += value * value;
            Interval interval{};
            if (n >= 1000 && n % 10 == 0) {
                out = out || (value_interval(arms[0], kAlpha, interval) && !interval.holds(mean));
                lift_out = lift_out || (value_lift_interval(arms[0], arms[1], kAlpha, interval) &&
                                        !interval.holds(0.0));
            }
        }
        missed += out ? 1 : 0;
        lift_missed += lift_out ? 1 : 0;
    }
    INFO(missed << " means and " << lift_missed << " lifts of " << kFewer);
    CHECK(missed <= 20);
    CHECK(lift_missed <= 20);
}
