#include "cli/traffic/weight_plan.hpp"

#include "cli/error.hpp"
#include "cli/output/quantities.hpp"
#include "cli/suggestion.hpp"
#include "cli/traffic/percent.hpp"
#include "cli/traffic/set_words.hpp"

#include <algorithm>

namespace teal::cli {
namespace {

using table::SplitImage;
using table::VariantImage;

void object(Strictness strictness, std::vector<std::string>& warnings, const std::string& what,
            const std::string& next) {
    if (strictness == Strictness::refuse) {
        throw wrong_input(what, next);
    }
    warnings.push_back(what);
}

std::vector<std::string> configured_variants(const NginxView& nginx, std::uint32_t split) {
    std::vector<std::string> names;
    for (const std::uint32_t variant : nginx.variants_of(split)) {
        if (nginx.is_configured(nginx.file().variant(variant))) {
            names.push_back(nginx.variant_name(variant));
        }
    }
    return names;
}

// Only a live nginx can tell: the directory of one that has ended may be out of date.
void check_with_nginx(const SplitImage& split, const VariantImage& variant, const NginxView& nginx,
                      Strictness strictness, std::vector<std::string>& warnings) {
    const std::optional<std::uint32_t> entry = nginx.find_split(split.name);
    if (!entry || !nginx.is_configured(nginx.file().split(*entry))) {
        object(strictness, warnings,
               "split " + split.name +
                   " is not in the running nginx.conf, weights would have no "
                   "effect",
               "add teal_split " + split.name +
                   " to nginx.conf and reload nginx, or publish "
                   "ahead with --offline");
        return;
    }
    const std::vector<std::string> known = configured_variants(nginx, *entry);
    if (std::find(known.begin(), known.end(), variant.name) == known.end()) {
        object(strictness, warnings,
               "variant " + variant.name + " of " + split.name +
                   " is not in the running "
                   "nginx.conf, which has " +
                   listed(known),
               "add \"variant " + variant.name + ";\" to teal_split " + split.name +
                   " and reload nginx, or publish ahead with --offline");
    }
}

// A variant that is given weight must be able to serve.
void check_ready(const SplitImage& split, const VariantImage& variant, const NginxView& nginx,
                 bool live, Strictness strictness, std::vector<std::string>& warnings) {
    if (live) {
        check_with_nginx(split, variant, nginx, strictness, warnings);
    }
    if (variant.endpoints.empty() &&
        !is_served_without_endpoints(nginx, split.name, variant.name)) {
        object(strictness, warnings,
               "variant " + variant.name + " of " + split.name + " has no endpoint to serve its " +
                   percent_text(variant.weight_ppm),
               "teal traffic endpoints " + split.name + " " + variant.name + " set ADDRESS:PORT");
    }
}

bool is_named(const WeightRequest& request, const std::string& variant) {
    return std::any_of(request.variants.begin(), request.variants.end(),
                       [&](const NamedVariant& named) {
                           return named.name == variant && named.weight_ppm.value_or(0) > 0;
                       });
}

}  // namespace

bool PlannedSplit::changes() const {
    for (std::size_t v = 0; v < after.variants.size(); ++v) {
        if (before.variants[v].weight_ppm != after.variants[v].weight_ppm ||
            before.variants[v].state != after.variants[v].state) {
            return true;
        }
    }
    return was_tripped;
}

bool WeightPlan::changes() const {
    return std::any_of(splits.begin(), splits.end(),
                       [](const PlannedSplit& split) { return split.changes(); });
}

std::vector<std::string> WeightPlan::split_names() const {
    std::vector<std::string> names;
    for (const PlannedSplit& split : splits) {
        names.push_back(split.after.name);
    }
    return names;
}

WeightPlan plan_weights(table::TableImage& image, const std::vector<WeightRequest>& requests,
                        const NginxView& nginx, Strictness strictness) {
    WeightPlan plan;
    const bool live = nginx.has_live_worker();
    for (const WeightRequest& request : requests) {
        SplitImage& split = split_named(image, request.split);
        PlannedSplit planned;
        planned.before = split;
        apply_request(split, request);
        for (std::size_t v = 0; v < split.variants.size(); ++v) {
            const VariantImage& variant = split.variants[v];
            const bool grows = variant.weight_ppm > planned.before.variants[v].weight_ppm;
            if (grows || is_named(request, variant.name)) {
                check_ready(split, variant, nginx, live, strictness, plan.warnings);
            }
        }
        planned.moved_ppm = split.apply_weights();
        planned.was_tripped = nginx.has_tripped(split, image.generation);
        if (planned.was_tripped) {
            split.guard.armed_unix_ns = now_unix_ns();  // the evidence begins anew
        }
        planned.after = split;
        plan.splits.push_back(std::move(planned));
    }
    return plan;
}

bool is_served_without_endpoints(const NginxView& nginx, const std::string& split,
                                 const std::string& variant) {
    const std::optional<std::uint32_t> entry = nginx.find_split(split);
    if (!entry || !nginx.is_configured(nginx.file().split(*entry))) {
        return false;
    }
    if ((nginx.file().split(*entry).flags & counters::kSplitProxied) == 0) {
        return true;
    }
    const std::optional<std::uint32_t> place = nginx.find_variant(*entry, variant);
    return place && nginx.is_configured(nginx.file().variant(*place)) &&
           (nginx.file().variant(*place).flags & counters::kVariantHasUpstream) != 0;
}

}  // namespace teal::cli
