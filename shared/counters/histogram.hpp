// Log-linear latency histogram: four buckets per power of two, from 1 microsecond to 2.4 hours.
//
// A value is known to lie in its bucket, whose width is a quarter of its lower end at most; told as
// the bucket's middle it is at most 12.5 % off. HdrHistogram's idea with one and a half digits:
// 128 words, no configuration, and merging is addition.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace teal::counters {

inline constexpr std::size_t kBuckets = 128;

// Bucket of a latency in microseconds. The last bucket takes everything longer.
constexpr std::size_t bucket_of(std::uint64_t microseconds) {
    if (microseconds < 4) {
        return static_cast<std::size_t>(microseconds);
    }
    const auto power = static_cast<std::size_t>(std::bit_width(microseconds)) - 1;
    const std::size_t quarter = static_cast<std::size_t>(microseconds >> (power - 2)) & 3;
    const std::size_t bucket = 4 + (power - 2) * 4 + quarter;
    return bucket < kBuckets ? bucket : kBuckets - 1;
}

// Smallest latency of a bucket, in microseconds; of bucket kBuckets: the end of the last one.
constexpr std::uint64_t bucket_begin(std::size_t bucket) {
    if (bucket < 4) {
        return bucket;
    }
    const std::size_t power = (bucket - 4) / 4 + 2;
    return (std::uint64_t{4} + (bucket - 4) % 4) << (power - 2);
}

// What a bucket's values are told as, in microseconds: its middle.
constexpr double bucket_middle(std::size_t bucket) {
    if (bucket < 4) {
        return static_cast<double>(bucket);
    }
    return static_cast<double>(bucket_begin(bucket) + bucket_begin(bucket + 1)) / 2.0;
}

// Latency in microseconds below which `share` (0..1) of the counted values lie; 0 for no values.
double quantile(const std::uint64_t (&buckets)[kBuckets], double share);

}  // namespace teal::counters
