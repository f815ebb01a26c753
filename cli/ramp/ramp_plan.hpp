// What is asked for by `teal canary start`, checked against table and nginx, and made a ramp.
// Nothing is changed here.
#pragma once

#include "cli/ramp/ramp.hpp"
#include "cli/traffic/nginx_view.hpp"
#include "shared/table/writing/image.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

struct RampRequest {
    std::vector<std::string> splits{};  // empty: the only one with a standby
    std::string canary{};               // empty: the variant with endpoints that does not lead
    RampTerms terms;
    std::optional<std::uint64_t> objective_e9{};  // nothing: by the baseline's failures until now
    // Microseconds; nothing: the baseline's p50, p90 and p99 until now. Empty: latency is not
    // watched.
    std::optional<std::vector<std::uint64_t>> slow_us{};
};

struct RampPlan {
    Ramp ramp;
    std::vector<std::string> warnings;
};

// Steps that rise to everything (which is added when it is left out), approvals that are steps,
// alpha in (0, 0.1], margin >= 1. Throws Error (wrong input).
void check_terms(RampTerms& terms);

// Throws Error (wrong input) for a split without a standby or with no endpoint.
RampPlan plan_ramp(RampRequest request, const table::TableImage& image, const NginxView& nginx,
                   std::uint64_t now_unix_ns);

}  // namespace teal::cli
