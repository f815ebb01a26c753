// What the traffic does: two readings of nginx's counters and what happened between them.
#pragma once

#include "cli/traffic/nginx_view.hpp"
#include "shared/counters/layout.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace teal::cli {

// Sums of some variants at one moment. Variants that never had a request take no memory.
class Reading {
public:
    // `variants`: indexes into nginx's variant directory.
    Reading(const NginxView& nginx, const std::vector<std::uint32_t>& variants);

    // nullptr: no request ever.
    const counters::VariantCounters* of(std::uint32_t variant) const;
    std::uint64_t monotonic_ns() const { return monotonic_ns_; }
    // Two readings of different files have nothing to do with each other.
    bool same_file(const Reading& other) const { return file_created_ == other.file_created_; }

private:
    std::uint64_t monotonic_ns_ = 0;
    std::uint64_t file_created_ = 0;
    std::unordered_map<std::uint32_t, std::unique_ptr<counters::VariantCounters>> sums_;
};

struct Quantiles {
    std::optional<double> p50_us;
    std::optional<double> p99_us;
};

// A variant's traffic, in an interval or since the counters began.
struct VariantTraffic {
    std::optional<double> requests_per_s;  // client requests decided for it; only in an interval
    std::uint64_t requests = 0;
    std::uint64_t attempts = 0;  // upstream attempts that ended
    std::uint64_t errors = 0;
    std::optional<double> error_share;  // of the attempts that say something of the variant
    Quantiles first_byte;
    Quantiles total;
    std::uint64_t in_flight = 0;  // now
};

// `before` nullptr: since the counters began. `now` nullptr: nothing happened.
VariantTraffic traffic_between(const counters::VariantCounters* before,
                               const counters::VariantCounters* now, double seconds);

}  // namespace teal::cli
