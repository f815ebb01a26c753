#include "cli/traffic/nginx_rules.hpp"

#include "shared/text/slice.hpp"

#include <charconv>
#include <cmath>

namespace teal::cli {
namespace {

// Splits at the last space: expressions may contain spaces, names do not.
bool split_last(std::string_view text, std::string& first, std::string& last) {
    const std::size_t space = text.rfind(' ');
    if (space == std::string_view::npos) {
        return false;
    }
    first = text.substr(0, space);
    last = text.substr(space + 1);
    return true;
}

// "12.5", as nginx.conf was written and checked; 0 for anything else.
std::uint32_t ppm_of(std::string_view percent) {
    if (percent.ends_with('%')) {
        percent.remove_suffix(1);
    }
    double value = 0;
    std::from_chars(percent.data(), percent.data() + percent.size(), value);
    return static_cast<std::uint32_t>(std::llround(value * 10'000));
}

// "0.0000-25.0000,50.0000-100.0000"
LayerLine layer_of(std::string name, std::string_view ranges) {
    LayerLine layer{std::move(name), {}};
    while (!ranges.empty()) {
        const std::string_view range = take_until(ranges, ',');
        const std::size_t dash = range.find('-');
        if (dash != std::string_view::npos) {
            layer.ranges_ppm.emplace_back(ppm_of(range.substr(0, dash)),
                                          ppm_of(range.substr(dash + 1)));
        }
    }
    return layer;
}

void add_line(std::string_view word, std::string_view rest, NginxRules& rules) {
    std::string first;
    std::string last;
    if (word == "key") {
        rules.keys.emplace_back(rest);
    } else if (word == "pin") {
        rules.pin = rest;
    } else if (word == "exclude") {
        rules.excludes.emplace_back(rest);
    } else if (word == "holdout") {
        rules.holdout_ppm = ppm_of(rest);
    } else if (word == "layer" && split_last(rest, first, last)) {
        rules.layer = layer_of(first, last);
    } else if (word == "default") {
        rules.default_variant = rest;
    } else if (word == "when" && split_last(rest, first, last)) {
        rules.when.push_back({first, last});
    } else if (word == "sticky" && split_last(rest, first, last)) {
        StickyLine sticky{first, 0};
        std::from_chars(last.data(), last.data() + last.size(), sticky.max_age_s);
        rules.sticky = sticky;
    }
}

}  // namespace

NginxRules parse_rules(std::string_view text) {
    NginxRules rules;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string_view line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        const std::size_t space = line.find(' ');
        if (space != std::string_view::npos) {
            add_line(line.substr(0, space), line.substr(space + 1), rules);
        }
    }
    return rules;
}

}  // namespace teal::cli
