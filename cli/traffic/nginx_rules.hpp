// How nginx.conf decides for a split, as nginx's master has written it into the counters file: one
// line for each rule, see SplitEntry::rules in shared/counters/layout.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace teal::cli {

struct WhenLine {
    std::string expression;
    std::string variant;
};

struct StickyLine {
    std::string cookie;
    std::uint64_t max_age_s = 0;
};

struct LayerLine {
    std::string name;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges_ppm;  // from, to
};

struct NginxRules {
    std::optional<std::string> pin;
    std::vector<WhenLine> when;
    std::optional<StickyLine> sticky;
    std::vector<std::string> keys;
    std::vector<std::string> excludes;  // expressions
    std::uint32_t holdout_ppm = 0;
    std::optional<LayerLine> layer;
    std::string default_variant;
};

// Lines it does not know are left out: a newer module may have more rules.
NginxRules parse_rules(std::string_view text);

}  // namespace teal::cli
