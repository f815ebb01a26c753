// A healthy canary is tripped as rarely as promised, however often one looks; and what looks like
// the same but is not, a z-test at every look, fails the same harness.
#include "shared/guard/evidence.hpp"

#include "tests/catch.hpp"

#include <cmath>
#include <random>

using namespace teal::guard;

namespace {

constexpr int kRuns = 20'000;
constexpr int kErrors = 400;  // looked at after each
constexpr double kAlpha = 0.01;
constexpr int kMostTrips = 256;  // of 20 000 at alpha .01: 200, and four standard deviations

// A stream of failures, each of them the canary's or the baseline's; a test that looks at all.
template <typename Look>
int trips(std::uint64_t seed, double rho, Look look, int runs = kRuns, int errors = kErrors) {
    std::mt19937_64 random(seed);
    std::bernoulli_distribution is_canarys(rho);
    int tripped = 0;
    for (int run = 0; run < runs; ++run) {
        auto test = look(rho);
        for (int error = 0; error < errors; ++error) {
            if (test(is_canarys(random))) {
                ++tripped;
                break;
            }
        }
    }
    return tripped;
}

// One failure a tick.
auto mixture_test(bool restarted) {
    return [restarted](double rho) {
        LogFactors if_canary;
        LogFactors if_baseline;
        const ArmCounts canary{static_cast<std::uint64_t>(std::lround(1000 * rho)), 0};
        const ArmCounts baseline{1000 - canary.done, 0};
        const RatioTest test(1.0, Direction::worse);
        test.factors({canary.done, 1}, baseline, if_canary);
        test.factors(canary, {baseline.done, 1}, if_baseline);
        struct State {
            Mixture plain{};
            RestartedMixture mixture{};
            LogFactors canary{}, baseline{};
            bool restarted = false;
            bool operator()(bool is_canarys) {
                const LogFactors& factors = is_canarys ? canary : baseline;
                // Only a failure of the canary's raises it.
                if (restarted) {
                    advance_restarted(mixture, factors, 1.0 / kErrors);
                    return is_canarys && mean_evidence(mixture) >= 1.0 / kAlpha;
                }
                advance_plain(plain, factors);
                return is_canarys && log_evidence(plain) >= -std::log(kAlpha);
            }
        };
        State state;
        std::copy_n(if_canary, kAlternatives, state.canary);
        std::copy_n(if_baseline, kAlternatives, state.baseline);
        state.restarted = restarted;
        begin_restarted(state.mixture);
        begin_plain(state.plain);
        return state;
    };
}

auto z_test() {
    return [](double rho) {
        return [rho, canarys = 0, all = 0](bool is_canarys) mutable {
            ++all;
            canarys += is_canarys ? 1 : 0;
            // Each second: ten failures of a thousand requests at 1 %.
            if (all % 10 != 0) {
                return false;
            }
            const double z = (canarys - rho * all) / std::sqrt(rho * (1 - rho) * all);
            return z >= 2.326348;  // alpha .01, one-sided
        };
    };
}

}  // namespace

TEST_CASE("20 000 healthy canaries at alpha .01, looked at after every failure") {
    const int at_a_tenth = trips(1, .1, mixture_test(false));
    const int at_half = trips(2, .5, mixture_test(false));
    const int restarted = trips(3, .1, mixture_test(true));
    INFO(at_a_tenth << " and " << at_half << " plain, " << restarted << " restarted");
    CHECK(at_a_tenth <= kMostTrips);
    CHECK(at_half <= kMostTrips);
    CHECK(restarted <= kMostTrips);
    CHECK(at_a_tenth > 0);  // it can trip
}

TEST_CASE("negative control: a z-test looked at each second fails the same harness") {
    // An hour of it.
    constexpr int kFewer = 2000;
    const int tripped = trips(1, .1, z_test(), kFewer, 36'000);
    INFO(tripped << " of " << kFewer);
    CHECK(tripped > kFewer * kMostTrips / kRuns);
    CHECK(tripped > 380);  // .19; .22 and a few standard deviations less
    CHECK(trips(1, .1, mixture_test(false), kFewer, 4000) <= kFewer * kMostTrips / kRuns);
}

TEST_CASE("weights that change from tick to tick, and failures of up to a half, trip no more") {
    const RatioTest test(1.0, Direction::worse);
    std::mt19937_64 random(11);
    std::uniform_int_distribution<std::uint64_t> canarys(0, 50);  // 0 included
    int tripped = 0;
    constexpr int kFewer = 4000;
    constexpr int kTicks = 300;
    for (int run = 0; run < kFewer; ++run) {
        const double rate = std::uniform_real_distribution<double>(0, .5)(random);
        RestartedMixture mixture{};
        begin_restarted(mixture);
        for (int tick = 0; tick < kTicks; ++tick) {
            const std::uint64_t n_c = canarys(random);
            const std::uint64_t n_b = 50 - n_c;
            std::binomial_distribution<std::uint64_t> x_c(n_c, rate);
            std::binomial_distribution<std::uint64_t> x_b(n_b, rate);
            LogFactors factors;
            test.factors({n_c, x_c(random)}, {n_b, x_b(random)}, factors);
            advance_restarted(mixture, factors, 1.0 / kTicks);
            if (mean_evidence(mixture) >= 1.0 / kAlpha) {
                ++tripped;
                break;
            }
        }
    }
    INFO(tripped << " of " << kFewer);
    CHECK(tripped <= 65);  // 40, and four standard deviations
}

TEST_CASE("alpha 1e-4 by importance sampling: the mean of 1/E at the trip is at most alpha") {
    // Streams drawn from the alternatives always trip; weighted by 1/E they are healthy streams.
    constexpr double kRho = .1;
    constexpr double kSmall = 1e-4;
    const RatioTest test(1.0, Direction::worse);
    LogFactors if_canary;
    LogFactors if_baseline;
    test.factors({100, 1}, {900, 0}, if_canary);
    test.factors({100, 0}, {900, 1}, if_baseline);
    std::mt19937_64 random(1234);
    std::uniform_int_distribution<std::size_t> drawn(0, kAlternatives - 1);
    double sum = 0;
    constexpr int kDraws = 20'000;
    for (int draw = 0; draw < kDraws; ++draw) {
        const double r = test.ratio(drawn(random));
        std::bernoulli_distribution is_canarys(kRho * r / (1 + kRho * (r - 1)));
        Mixture mixture{};
        begin_plain(mixture);
        double log_e = 0;
        while (log_e < -std::log(kSmall)) {
            advance_plain(mixture, is_canarys(random) ? if_canary : if_baseline);
            log_e = log_evidence(mixture);
        }
        sum += std::exp(-log_e);
    }
    const double chance = sum / kDraws;
    INFO(chance);
    CHECK(chance <= kSmall);
    CHECK(chance == Catch::Approx(4.3e-5).epsilon(.05));
}
