// A change of weights, planned and checked against the table and against what nginx says, before
// anything is published.
#pragma once

#include "cli/traffic/nginx_view.hpp"
#include "cli/traffic/weights.hpp"

#include <string>
#include <vector>

namespace teal::cli {

struct PlannedSplit {
    table::SplitImage before;
    table::SplitImage after;
    std::uint32_t moved_ppm = 0;
    bool was_tripped = false;  // the publication gives the canary its traffic back

    bool changes() const;
};

struct WeightPlan {
    std::vector<PlannedSplit> splits;
    std::vector<std::string> warnings;

    bool changes() const;  // something has to be published
    std::vector<std::string> split_names() const;
};

// What stands in the way of giving a variant weight.
enum class Strictness {
    refuse,  // throw
    warn,    // --offline: the user says that nginx will be ready later
};

// Applies the requests to `image`, weights, states and rings. Throws Error (wrong input).
WeightPlan plan_weights(table::TableImage& image, const std::vector<WeightRequest>& requests,
                        const NginxView& nginx, Strictness strictness);

// True when nginx needs no endpoint in the table to serve the variant: a named upstream of
// nginx.conf serves it, or no upstream{} delegates to the split.
bool is_served_without_endpoints(const NginxView& nginx, const std::string& split,
                                 const std::string& variant);

}  // namespace teal::cli
