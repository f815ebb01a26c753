// Who takes part, and with what variant: golden points, nested holdouts, and the whole of it with a
// million visitors: shares as intended, layers and splits independent of each other.
#include "shared/table/participation.hpp"
#include "shared/guard/sample_ratio.hpp"
#include "shared/table/route.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/sample_table.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

using namespace teal::table;
using teal::key_hash;
using teal::fixtures::split;
using teal::fixtures::variant;

namespace {

constexpr std::uint32_t kVisitors = 1'000'000;
constexpr std::size_t kVariants = 3;
constexpr double kShares[kVariants] = {0.5, 0.3, 0.2};
constexpr double kLeastP = 0.001;

std::string key_of(std::uint32_t visitor) {
    return "visitor-" + std::to_string(visitor);
}

using Table = std::array<std::array<double, kVariants>, kVariants>;

// The chance of a chi-squared statistic with four degrees of freedom this high or higher
// (Abramowitz and Stegun 26.4.21), for the independence of rows and columns.
double independence_p(const Table& counts) {
    double total = 0;
    std::array<double, kVariants> rows{};
    std::array<double, kVariants> columns{};
    for (std::size_t i = 0; i < kVariants; ++i) {
        for (std::size_t j = 0; j < kVariants; ++j) {
            total += counts[i][j];
            rows[i] += counts[i][j];
            columns[j] += counts[i][j];
        }
    }
    double statistic = 0;
    for (std::size_t i = 0; i < kVariants; ++i) {
        for (std::size_t j = 0; j < kVariants; ++j) {
            const double expected = rows[i] * columns[j] / total;
            statistic += (counts[i][j] - expected) * (counts[i][j] - expected) / expected;
        }
    }
    return std::exp(-statistic / 2) * (1 + statistic / 2);
}

// An experiment with three variants in a layer of its own, as nginx decides it.
struct Experiment {
    Experiment(std::uint64_t salt, const std::string& layer, std::uint32_t from_ppm,
               std::uint32_t to_ppm)
        : words(encode_record(split(
              "app", salt, {variant("a", 500'000), variant("b", 300'000), variant("c", 200'000)}))),
          layer_seed(layer_salt(layer)),
          range(ring_range(from_ppm, to_ppm)) {}

    bool takes(const std::string& key) const {
        return range.holds(key_hash(key.data(), key.size(), layer_seed));
    }
    std::uint32_t variant_of(const std::string& key) const {
        const auto& record = *reinterpret_cast<const SplitRecord*>(words.data());
        return variant_at(record, key_hash(key.data(), key.size(), record.salt));
    }

    std::vector<std::uint64_t> words;
    std::uint64_t layer_seed;
    RingRange range;
};

// How many visitors each variant of two experiments got.
struct Outcome {
    std::array<std::uint64_t, kVariants> first{};
    std::array<std::uint64_t, kVariants> second{};
    Table together{};  // of those in both
};

Outcome assign(const Experiment& first, const Experiment& second) {
    Outcome outcome;
    for (std::uint32_t i = 0; i < kVisitors; ++i) {
        const std::string key = key_of(i);
        const bool in_first = first.takes(key);
        const bool in_second = second.takes(key);
        outcome.first[first.variant_of(key)] += in_first ? 1 : 0;
        outcome.second[second.variant_of(key)] += in_second ? 1 : 0;
        if (in_first && in_second) {
            outcome.together[first.variant_of(key)][second.variant_of(key)] += 1;
        }
    }
    return outcome;
}

bool is_off(const std::array<std::uint64_t, kVariants>& counts,
            const double (&intended)[kVariants] = kShares) {
    teal::guard::Share shares[kVariants];
    for (std::size_t v = 0; v < kVariants; ++v) {
        shares[v] = {intended[v], counts[v]};
    }
    return teal::guard::is_mismatch(shares, kVariants, kLeastP);
}

}  // namespace

TEST_CASE("A million visitors, three variants, two layers: shares as intended, and independent") {
    const Experiment first(11, "checkout", 0, 800'000);
    const Experiment second(12, "search", 300'000, kTotalPpm);
    const Outcome outcome = assign(first, second);
    CHECK_FALSE(is_off(outcome.first));
    CHECK_FALSE(is_off(outcome.second));
    CHECK(independence_p(outcome.together) > kLeastP);
    // Negative controls: the same tests see a share that is off by a fiftieth, and splits or layers
    // that share a salt.
    const double off[kVariants] = {0.49, 0.31, 0.2};
    CHECK(is_off(outcome.first, off));
    const Experiment same_salt(11, "search", 300'000, kTotalPpm);
    CHECK(independence_p(assign(first, same_salt).together) < kLeastP);
}

TEST_CASE("Two layers' rings are independent of each other, of splits and of the holdout") {
    const auto thirds = [](std::uint64_t one, std::uint64_t other) {
        Table table{};
        for (std::uint32_t i = 0; i < kVisitors; ++i) {
            const std::string key = key_of(i);
            const auto third = [&](std::uint64_t salt) {
                return static_cast<std::size_t>(key_hash(key.data(), key.size(), salt) /
                                                (~std::uint64_t{0} / kVariants + 1));
            };
            table[third(one)][third(other)] += 1;
        }
        return independence_p(table);
    };
    CHECK(thirds(layer_salt("checkout"), layer_salt("search")) > kLeastP);
    CHECK(thirds(layer_salt("checkout"), 11) > kLeastP);
    CHECK(thirds(layer_salt("checkout"), kHoldoutSalt) > kLeastP);
    CHECK(thirds(11, kHoldoutSalt) > kLeastP);
    CHECK(thirds(layer_salt("checkout"), layer_salt("checkout")) < kLeastP);
}

TEST_CASE("Ranges that adjoin share no point of the ring and leave none out") {
    CHECK(ring_range(0, kTotalPpm).first == 0);
    CHECK(ring_range(0, kTotalPpm).last == ~std::uint64_t{0});
    for (const std::uint32_t cut : {1u, 250'000u, 333'333u, 999'999u}) {
        CHECK(ring_range(0, cut).last + 1 == ring_range(cut, kTotalPpm).first);
    }
    CHECK(ring_range(0, 500'000).last == (std::uint64_t{1} << 63) - 1);
}

TEST_CASE("A bigger holdout contains a smaller one, and each is as big as it says") {
    std::uint32_t one = 0;
    std::uint32_t ten = 0;
    for (std::uint32_t i = 0; i < kVisitors; ++i) {
        const std::string key = key_of(i);
        const bool in_one = is_held_out(key.data(), key.size(), 10'000);
        const bool in_ten = is_held_out(key.data(), key.size(), 100'000);
        one += in_one ? 1 : 0;
        ten += in_ten ? 1 : 0;
        if (in_one && !in_ten) {
            FAIL(key << " is held out of the smaller one only");
        }
    }
    CHECK(std::abs(static_cast<double>(one) - 10'000) < 5 * std::sqrt(10'000.0));
    CHECK(std::abs(static_cast<double>(ten) - 100'000) < 5 * std::sqrt(90'000.0));
    CHECK_FALSE(is_held_out("x", 1, 0));
    CHECK(is_held_out("x", 1, kTotalPpm));
}

TEST_CASE("Who is held out and where a layer begins never changes") {
    CHECK(key_hash("alice", 5, kHoldoutSalt) == 0x06b05965aef3a15d);
    CHECK(layer_salt("checkout") == 0xb0d9013d44eb8f85);
}
