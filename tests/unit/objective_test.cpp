// The objective test of shared/guard: silent on what is good enough, quick on what is not.
#include "shared/guard/objective.hpp"

#include "tests/catch.hpp"

#include <cmath>
#include <random>

using namespace teal::guard;

namespace {

// The plain process of one variant.
class Accusation {
public:
    explicit Accusation(double objective) : test_(objective) { begin_plain(mixture_); }
    void add(std::uint64_t attempts, std::uint64_t bad) {
        LogFactors factors;
        test_.factors(attempts, bad, factors);
        advance_plain(mixture_, factors);
    }
    double log_evidence() const { return teal::guard::log_evidence(mixture_); }

private:
    ObjectiveTest test_;
    Mixture mixture_{};
};

constexpr double kObjective = 0.01;

// Attempts until the evidence reaches 1/alpha; `most` when it never does.
int attempts_until_alarm(double share, double alpha, int most, std::mt19937_64& random) {
    Accusation test(kObjective);
    std::bernoulli_distribution fails(share);
    for (int n = 1; n <= most; ++n) {
        test.add(1, fails(random) ? 1 : 0);
        if (test.log_evidence() >= std::log(1.0 / alpha)) {
            return n;
        }
    }
    return most;
}

}  // namespace

TEST_CASE("no data is no evidence") {
    CHECK(Accusation(kObjective).log_evidence() == Catch::Approx(0.0).margin(1e-12));
}

TEST_CASE("the evidence is the mixture of likelihood ratios") {
    // By hand for one failure: the mean of p_k / s over the grid.
    double mean = 0;
    const double odds = kObjective / (1 - kObjective);
    for (int k = 1; k <= 20; ++k) {
        const double worse = odds * std::pow(2.0, k / 2.0);
        mean += worse / (1 + worse) / kObjective / 20;
    }
    Accusation test(kObjective);
    test.add(1, 1);
    CHECK(test.log_evidence() == Catch::Approx(std::log(mean)).epsilon(1e-12));
    Accusation in_parts(kObjective);
    Accusation at_once(kObjective);
    for (int i = 0; i < 100; ++i) {
        in_parts.add(10, i % 10 == 0 ? 1 : 0);
    }
    at_once.add(1000, 10);
    CHECK(in_parts.log_evidence() == Catch::Approx(at_once.log_evidence()).epsilon(1e-9));
}

TEST_CASE("a variant at its objective is hardly ever accused, however often one looks") {
    std::mt19937_64 random(4711);
    int alarms = 0;
    for (int run = 0; run < 2000; ++run) {
        alarms += attempts_until_alarm(kObjective, 0.01, 2000, random) < 2000 ? 1 : 0;
    }
    CHECK(alarms <= 31);  // 20 expected at most; 31 is 2.5 standard deviations above
}

TEST_CASE("negative control: without the second half of the ratio the good are accused as well") {
    // What a test would do that counted failures only, and forgot the attempts that went well.
    std::mt19937_64 random(4711);
    std::bernoulli_distribution fails(kObjective);
    Accusation failures_only(kObjective);
    for (int n = 0; n < 2000; ++n) {
        if (fails(random)) {
            failures_only.add(1, 1);
        }
    }
    CHECK(failures_only.log_evidence() > std::log(1e4));
}

TEST_CASE("a version that fails outright is found within a handful of attempts") {
    std::mt19937_64 random(4711);
    CHECK(attempts_until_alarm(1.0, 1e-4, 100, random) <= 4);
    CHECK(attempts_until_alarm(0.5, 1e-4, 1000, random) <= 30);
    CHECK(attempts_until_alarm(0.1, 1e-4, 10'000, random) <= 600);
}
