// The sample ratio test: golden values of the published example, and how soon it sees a router that
// is slightly off. Whether the real router passes it is in routing_accuracy_test.cpp.
#include "shared/guard/sample_ratio.hpp"
#include "tests/catch.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

using namespace teal::guard;

namespace {

// Log Bayes factor after `requests` of which exactly `share` went to the canary meant for 10 %.
double evidence_against_a_tenth(std::uint64_t requests, double share) {
    const auto canary =
        static_cast<std::uint64_t>(std::llround(static_cast<double>(requests) * share));
    const Share shares[] = {{0.1, canary}, {0.9, requests - canary}};
    return log_bayes_factor(shares, 2);
}

}  // namespace

TEST_CASE("Both hypotheses have the likelihoods of the published example") {
    const double prior[] = {1.0, 1.0, 1.0};
    Share shares[] = {{0.4, 0}, {0.4, 0}, {0.2, 0}};
    const std::size_t arrivals[] = {0, 1, 0, 1, 2};
    const double mixture[] = {-1.0986122886681104, -2.484906649788, -3.4011973816621563,
                              -4.499809670330268, -6.445719819385579};
    const double intended[] = {-0.916290731874155, -1.83258146374831, -2.748872195622465,
                               -3.66516292749662, -5.27460083993072};
    for (std::size_t i = 0; i < 5; ++i) {
        ++shares[arrivals[i]].counted;
        CAPTURE(i);
        CHECK(log_mixture(prior, shares, 3) == Catch::Approx(mixture[i]).epsilon(1e-12));
        CHECK(log_intended(shares, 3) == Catch::Approx(intended[i]).epsilon(1e-12));
    }
}

TEST_CASE("The Bayes factor is mixture over intended") {
    const Share shares[] = {{0.1, 1200}, {0.9, 8800}};
    const double prior[] = {0.1 * kSampleRatioConcentration, 0.9 * kSampleRatioConcentration};
    CHECK(log_bayes_factor(shares, 2) ==
          Catch::Approx(log_mixture(prior, shares, 2) - log_intended(shares, 2)).epsilon(1e-9));
    CHECK(log_bayes_factor(shares, 2) == Catch::Approx(10.408957027525503).epsilon(1e-9));
}

TEST_CASE("No requests are no evidence") {
    const Share shares[] = {{0.1, 0}, {0.9, 0}};
    CHECK(log_bayes_factor(shares, 2) == Catch::Approx(0.0).margin(1e-12));
    CHECK_FALSE(is_mismatch(shares, 2, 0.5));
}

TEST_CASE("A canary of 9 instead of 10 % is found after 25 000 requests, of 9.5 after 85 000") {
    const double alarm = -std::log(1e-4);
    CHECK(evidence_against_a_tenth(23'000, 0.09) < alarm);
    CHECK(evidence_against_a_tenth(25'000, 0.09) > alarm);
    CHECK(evidence_against_a_tenth(75'000, 0.095) < alarm);
    CHECK(evidence_against_a_tenth(85'000, 0.095) > alarm);
}

TEST_CASE("One request at a variant with share 0 is a mismatch, none is not") {
    Share shares[] = {{1.0, 1'000'000}, {0.0, 0}};
    CHECK_FALSE(is_mismatch(shares, 2, 1e-6));
    shares[1].counted = 1;
    CHECK(is_mismatch(shares, 2, 1e-6));
    CHECK(log_intended(shares, 2) == -std::numeric_limits<double>::infinity());
}

TEST_CASE("Counts of years keep the test exact enough") {
    // A thousand million requests exactly as intended: the evidence is for the router.
    const Share shares[] = {{0.1, 100'000'000'000}, {0.9, 900'000'000'000}};
    const double evidence = log_bayes_factor(shares, 2);
    CHECK(std::isfinite(evidence));
    CHECK(evidence < 0.0);
}

TEST_CASE(
    "Looked at after every request, a router that does as told alarms no more often than alpha") {
    constexpr int kRuns = 2'000;
    constexpr int kRequests = 2'000;
    constexpr double kAlpha = 0.05;
    int alarms = 0;
    int naive_alarms = 0;  // negative control: a z-test at 5 %, looked at as often
    std::mt19937_64 random(7);
    std::bernoulli_distribution canary(0.1);
    for (int run = 0; run < kRuns; ++run) {
        Share shares[] = {{0.1, 0}, {0.9, 0}};
        bool alarmed = false;
        bool naive = false;
        for (int request = 1; request <= kRequests; ++request) {
            ++shares[canary(random) ? 0 : 1].counted;
            if (request % 10 != 0) {
                continue;  // every tenth look keeps the test quick and the control wrong enough
            }
            // A wide prior, so that 2 000 requests can speak at all.
            alarmed = alarmed || log_bayes_factor(shares, 2, 100.0) >= -std::log(kAlpha);
            const double expected = 0.1 * request;
            const double deviation = std::sqrt(0.09 * request);
            naive = naive ||
                    std::abs(static_cast<double>(shares[0].counted) - expected) > 1.96 * deviation;
        }
        alarms += alarmed ? 1 : 0;
        naive_alarms += naive ? 1 : 0;
    }
    INFO("alarms " << alarms << ", of the z-test " << naive_alarms << ", of " << kRuns);
    CHECK(alarms <= kRuns * kAlpha);
    CHECK(naive_alarms > kRuns * kAlpha * 4);
}
