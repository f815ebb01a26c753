// Everything `teal traffic show` and `watch` tell, gathered from table and counters.
#pragma once

#include "cli/traffic/applied.hpp"
#include "cli/traffic/observation.hpp"
#include "shared/table/writing/image.hpp"

#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

struct EndpointPicture {
    std::string address;
    std::uint32_t slot = 0;
    std::uint32_t in_flight = 0;
    std::uint32_t avoided_by = 0;  // workers that send it nothing after failures
    std::uint64_t attempts = 0;    // since the counters began, of this slot
    std::uint64_t failures = 0;
};

struct VariantPicture {
    std::string name;
    std::uint32_t weight_ppm = 0;
    table::VariantState state = table::VariantState::open;
    bool in_nginx = false;
    VariantTraffic traffic;
    std::vector<EndpointPicture> endpoints;
};

struct SplitPicture {
    std::string name;
    bool in_nginx = false;
    bool proxied = false;
    std::string tripped_variant;  // not empty: the guard took this canary's traffic
    bool held = false;            // new requests wait, by the table and this machine's clock
    table::HoldSettings hold{};
    counters::HoldSums holds;  // since the counters began
    std::vector<VariantPicture> variants;
};

struct TrafficPicture {
    std::uint64_t generation = 0;
    std::uint64_t published_unix_ns = 0;
    Applied applied;
    bool has_counters = false;
    double interval_s = 0.0;  // 0: totals since the counters began
    std::vector<SplitPicture> splits;
};

// The splits named (all when none is), or an Error (wrong input).
std::vector<const table::SplitImage*> chosen_splits(table::TableImage& image,
                                                    const std::vector<std::string>& names);

// Places of the splits' variants in nginx's directory: what a Reading is taken of.
std::vector<std::uint32_t> counted_variants(const std::vector<const table::SplitImage*>& splits,
                                            const NginxView& nginx);

// `before` nullptr: totals.
TrafficPicture take_picture(const table::TableImage& image,
                            const std::vector<const table::SplitImage*>& splits,
                            const NginxView& nginx, const Reading* before, const Reading& now);

}  // namespace teal::cli
