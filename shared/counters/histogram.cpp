#include "shared/counters/histogram.hpp"

namespace teal::counters {

double quantile(const std::uint64_t (&buckets)[kBuckets], double share) {
    std::uint64_t total = 0;
    for (const std::uint64_t count : buckets) {
        total += count;
    }
    if (total == 0) {
        return 0.0;
    }
    const double wanted = share * static_cast<double>(total);
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
        seen += buckets[bucket];
        if (seen > 0 && static_cast<double>(seen) >= wanted) {
            return bucket_middle(bucket);
        }
    }
    return bucket_middle(kBuckets - 1);
}

}  // namespace teal::counters
