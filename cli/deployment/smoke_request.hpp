// One entry's request through nginx, and what the counters say of such requests.
#pragma once

#include "cli/health/probe.hpp"
#include "cli/snapshot/metadata.hpp"
#include "cli/traffic/nginx_view.hpp"

#include <cstdint>
#include <string>

namespace teal::cli {

// Or why there is none.
struct SmokeRequest {
    ProbeTarget target{};
    std::uint32_t variant = 0;  // in the counters file
    std::size_t times = 0;
    std::string problem{};
};

SmokeRequest smoke_request(const NginxView& nginx, const SnapshotEntry& entry, Color color,
                           const std::string& url);

// A variant's, so far or since.
struct Attempts {
    std::uint64_t started = 0;
    std::uint64_t errors = 0;
};

Attempts attempts_of(const NginxView& nginx, std::uint32_t variant);

// What the counters say against answers that looked good; empty: nothing. `grown`: since before the
// `asked` requests.
std::string against_counters(const std::string& url, const std::string& split, Color color,
                             const Attempts& grown, std::uint64_t asked);

}  // namespace teal::cli
