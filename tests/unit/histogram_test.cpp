// The latency histogram: its promise of 12.5 % over the whole range, and its quantiles against
// exact ones.
#include "shared/counters/histogram.hpp"
#include "tests/catch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

using namespace teal::counters;

namespace {

// Beyond this the last bucket takes everything: 2^33 microseconds, 2.4 hours.
const std::uint64_t kEnd = bucket_begin(kBuckets);

bool is_within_promise(std::uint64_t value) {
    const double told = bucket_middle(bucket_of(value));
    const auto exact = static_cast<double>(value);
    return std::abs(told - exact) <= 0.125 * exact;
}

}  // namespace

TEST_CASE("The histogram's range ends after 2.4 hours") {
    CHECK(kEnd == std::uint64_t{1} << 33);
    CHECK(bucket_of(kEnd - 1) == kBuckets - 1);
    CHECK(bucket_of(kEnd) == kBuckets - 1);
    CHECK(bucket_of(~std::uint64_t{0}) == kBuckets - 1);
}

TEST_CASE("Every latency lies in its bucket, and buckets follow one another without a gap") {
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
        CAPTURE(bucket);
        CHECK(bucket_begin(bucket) < bucket_begin(bucket + 1));
        CHECK(bucket_of(bucket_begin(bucket)) == bucket);
        CHECK(bucket_of(bucket_begin(bucket + 1) - 1) == bucket);
    }
}

TEST_CASE("No latency is told more than 12.5 % wrong") {
    for (std::uint64_t value = 0; value < 1'000'000; ++value) {
        if (!is_within_promise(value)) {
            FAIL(value << " us is told as " << bucket_middle(bucket_of(value)));
        }
    }
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
        CAPTURE(bucket);
        CHECK(is_within_promise(bucket_begin(bucket)));
        CHECK(is_within_promise(bucket_begin(bucket + 1) - 1));
    }
    CHECK_FALSE(is_within_promise(kEnd * 2));  // the check does fail, beyond the range
}

TEST_CASE("Quantiles are within 12.5 % of the exact ones") {
    std::mt19937_64 random(11);
    std::lognormal_distribution<double> latency(std::log(20'000.0), 1.5);
    std::vector<std::uint64_t> values;
    std::uint64_t buckets[kBuckets] = {};
    for (int i = 0; i < 200'000; ++i) {
        values.push_back(static_cast<std::uint64_t>(latency(random)));
        ++buckets[bucket_of(values.back())];
    }
    std::sort(values.begin(), values.end());
    for (const double share : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
        const auto rank = static_cast<std::size_t>(std::ceil(share * 200'000.0)) - 1;
        const auto exact = static_cast<double>(values[rank]);
        CAPTURE(share, exact);
        CHECK(std::abs(quantile(buckets, share) - exact) <= 0.125 * exact);
    }
}

TEST_CASE("Quantiles of nothing and of one value") {
    std::uint64_t buckets[kBuckets] = {};
    CHECK(quantile(buckets, 0.5) == 0.0);
    ++buckets[bucket_of(3)];
    for (const double share : {0.0, 0.5, 1.0}) {
        CHECK(quantile(buckets, share) == 3.0);
    }
}
