// Why a request gets the variant it gets: the decision of nginx-module/route_request.cpp made again
// outside nginx, with the same functions of shared/table/route.hpp, and every step told.
#pragma once

#include "cli/traffic/nginx_rules.hpp"
#include "cli/traffic/request_facts.hpp"
#include "shared/sticky/cookie.hpp"
#include "shared/table/route.hpp"
#include "shared/table/writing/image.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

// What beside the split and the request has a say.
struct Circumstances {
    NginxRules rules;
    std::vector<std::string> known_variants;  // of nginx.conf; empty: nothing is known of it
    bool tripped = false;                     // the guard has taken the canary's traffic
    std::vector<sticky::Signer> signers;
    std::string no_signers_because;  // why cookies cannot be checked
    std::uint64_t now_unix_s = 0;
};

struct Step {
    std::string
        rule;  // "pin", "exclude", "when", "holdout", "layer", "sticky", "key", "ring", "guard"
    std::string finding;  // what came of it
};

struct RingPlace {
    std::uint64_t hash = 0;
    std::uint32_t point_ppm = 0;
    std::uint32_t segment_begin_ppm = 0;
    std::uint32_t segment_end_ppm = 0;
};

struct Explanation {
    std::string variant;  // empty: nginx draws at random
    table::Reason reason = table::Reason::key;
    std::vector<Step> steps;
    std::optional<RingPlace> place;
    std::vector<MissingFact> missing;
};

Explanation explain(const table::SplitImage& split, const Circumstances& circumstances,
                    const RequestFacts& facts);

}  // namespace teal::cli
