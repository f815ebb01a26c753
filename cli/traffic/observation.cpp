#include "cli/traffic/observation.hpp"

#include "shared/mapping/shared_word.hpp"

#include <ctime>

namespace teal::cli {
namespace {

using counters::kBuckets;
using counters::VariantCounters;

constexpr VariantCounters kNothing{};

Quantiles quantiles_between(const std::uint64_t (&before)[kBuckets],
                            const std::uint64_t (&now)[kBuckets]) {
    std::uint64_t difference[kBuckets];
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
        difference[i] = now[i] > before[i] ? now[i] - before[i] : 0;
        count += difference[i];
    }
    if (count == 0) {
        return {};
    }
    return {counters::quantile(difference, 0.5), counters::quantile(difference, 0.99)};
}

bool was_used(const VariantCounters& sum) {
    return sum.decided != 0 || sum.started != 0;
}

}  // namespace

Reading::Reading(const NginxView& nginx, const std::vector<std::uint32_t>& variants) {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    monotonic_ns_ = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
                    static_cast<std::uint64_t>(now.tv_nsec);
    if (!nginx.is_open()) {
        return;
    }
    file_created_ = nginx.file().header().created_unix_ns;
    const counters::LiveSlots live = nginx.live_slots();
    std::unique_ptr<VariantCounters> sum;
    for (const std::uint32_t variant : variants) {
        if (sum == nullptr) {
            sum = std::make_unique<VariantCounters>();
        }
        counters::add_up(nginx.file(), live, variant, *sum);
        if (was_used(*sum)) {
            sums_.emplace(variant, std::move(sum));
        }
    }
}

const VariantCounters* Reading::of(std::uint32_t variant) const {
    const auto found = sums_.find(variant);
    return found == sums_.end() ? nullptr : found->second.get();
}

VariantTraffic traffic_between(const VariantCounters* before, const VariantCounters* now,
                               double seconds) {
    const VariantCounters& from = before != nullptr ? *before : kNothing;
    const VariantCounters& to = now != nullptr ? *now : kNothing;
    VariantTraffic traffic;
    traffic.requests = to.decided - from.decided;
    if (seconds > 0.0) {
        traffic.requests_per_s = static_cast<double>(traffic.requests) / seconds;
    }
    traffic.attempts = to.finished - from.finished;
    traffic.errors = counters::errors(to) - counters::errors(from);
    // A visitor who left and a kept connection that had been closed speak neither for nor against.
    const std::uint64_t silent =
        (to.client_closed - from.client_closed) + (to.stale_connections - from.stale_connections);
    if (traffic.attempts > silent) {
        traffic.error_share =
            static_cast<double>(traffic.errors) / static_cast<double>(traffic.attempts - silent);
    }
    traffic.first_byte = quantiles_between(from.first_byte, to.first_byte);
    traffic.total = quantiles_between(from.total, to.total);
    traffic.in_flight = counters::in_flight(to);
    return traffic;
}

}  // namespace teal::cli
