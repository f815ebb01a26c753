#include "cli/ramp/ramp_plan.hpp"

#include "cli/error.hpp"
#include "cli/history/history.hpp"
#include "cli/suggestion.hpp"
#include "cli/traffic/observation.hpp"
#include "cli/traffic/percent.hpp"
#include "cli/traffic/weight_plan.hpp"
#include "cli/traffic/weights.hpp"
#include "shared/counters/histogram.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace teal::cli {
namespace {

using table::kTotalPpm;
using table::SplitImage;
using table::VariantImage;

constexpr double kLeastObjective = 0.01;
constexpr double kMostObjective = 0.5;
// Fresh connections and cold caches cost a canary some milliseconds that nobody notices.
constexpr std::uint64_t kLeastSlow_us = 10'000;

const VariantImage& leader_of(const SplitImage& split) {
    return *std::max_element(
        split.variants.begin(), split.variants.end(),
        [](const VariantImage& a, const VariantImage& b) { return a.weight_ppm < b.weight_ppm; });
}

std::vector<std::string> standbys_of(const SplitImage& split) {
    std::vector<std::string> names;
    const VariantImage& leader = leader_of(split);
    for (const VariantImage& variant : split.variants) {
        if (&variant != &leader && !variant.endpoints.empty()) {
            names.push_back(variant.name);
        }
    }
    return names;
}

std::vector<std::string> splits_with_standby(const table::TableImage& image) {
    std::vector<std::string> names;
    for (const SplitImage& split : image.splits) {
        if (!standbys_of(split).empty()) {
            names.push_back(split.name);
        }
    }
    return names;
}

std::vector<std::string> chosen_names(const RampRequest& request, const table::TableImage& image) {
    if (!request.splits.empty()) {
        return request.splits;
    }
    std::vector<std::string> found = splits_with_standby(image);
    if (found.empty()) {
        throw wrong_input("no split has a standby that is deployed",
                          "deploy one: teal upgrade perform, or teal traffic endpoints SPLIT "
                          "VARIANT set ADDRESS:PORT");
    }
    if (found.size() > 1) {
        throw wrong_input("several splits have a standby: " + listed(found),
                          "name one, or those that ramp together: --split " + found.front());
    }
    return found;
}

std::string chosen_canary(const RampRequest& request, const SplitImage& split,
                          const NginxView& nginx) {
    const std::string& leader = leader_of(split).name;
    if (request.canary.empty()) {
        const std::vector<std::string> standbys = standbys_of(split);
        if (standbys.empty()) {
            throw wrong_input(
                fmt::format("split {} has no standby: only {} has endpoints", split.name, leader),
                "deploy one: teal upgrade perform, or teal traffic endpoints " + split.name +
                    " VARIANT set ADDRESS:PORT");
        }
        if (standbys.size() > 1) {
            throw wrong_input(
                fmt::format("split {} has several standbys: {}", split.name, listed(standbys)),
                "name one: --canary " + standbys.front());
        }
        return standbys.front();
    }
    const VariantImage* canary = split.find(request.canary);
    if (canary == nullptr) {
        const std::vector<std::string> known = names_of(split.variants);
        throw wrong_input(fmt::format("split {} has no variant \"{}\"{}", split.name,
                                      request.canary, did_you_mean(request.canary, known)),
                          "use one of " + listed(known));
    }
    if (request.canary == leader) {
        throw wrong_input(fmt::format("{} has {} of {} already", leader,
                                      percent_text(canary->weight_ppm), split.name),
                          "a canary is the variant that does not have the most");
    }
    if (canary->endpoints.empty() &&
        !is_served_without_endpoints(nginx, split.name, request.canary)) {
        throw wrong_input(
            fmt::format("variant {} of {} has no endpoint", request.canary, split.name),
            fmt::format("teal traffic endpoints {} {} set ADDRESS:PORT", split.name,
                        request.canary));
    }
    return request.canary;
}

struct BaselineTraffic {
    std::uint64_t attempts = 0;
    double error_share = 0;
    std::vector<std::uint64_t> slow_us{};
};

BaselineTraffic traffic_of(const std::string& split, const std::string& baseline,
                           const NginxView& nginx) {
    const auto entry = nginx.is_open() ? nginx.find_split(split) : std::nullopt;
    const auto place = entry ? nginx.find_variant(*entry, baseline) : std::nullopt;
    if (!place) {
        return {};
    }
    const Reading reading(nginx, {*place});
    const counters::VariantCounters* sums = reading.of(*place);
    if (sums == nullptr) {
        return {};
    }
    const VariantTraffic traffic = traffic_between(nullptr, sums, 0);
    BaselineTraffic known{traffic.attempts, traffic.error_share.value_or(0), {}};
    for (const double share : {0.5, 0.9, 0.99}) {
        const auto us = static_cast<std::uint64_t>(counters::quantile(sums->first_byte, share));
        const std::uint64_t slow = std::max(us, kLeastSlow_us);
        if (us != 0 && (known.slow_us.empty() || slow > known.slow_us.back())) {
            known.slow_us.push_back(slow);
        }
    }
    return known;
}

RampSplit plan_split(const RampRequest& request, const SplitImage& split, const NginxView& nginx,
                     std::vector<std::string>& warnings) {
    const auto entry = nginx.find_split(split.name);
    if (!entry || !nginx.is_configured(nginx.file().split(*entry))) {
        throw wrong_input("split " + split.name + " is not in the running nginx.conf",
                          "add teal_split " + split.name + " to nginx.conf and reload nginx");
    }
    RampSplit planned;
    planned.split = split.name;
    planned.canary = chosen_canary(request, split, nginx);
    planned.baseline = leader_of(split).name;
    for (const VariantImage& variant : split.variants) {
        planned.weights_before[variant.name] =
            variant.name == planned.canary ? 0 : variant.weight_ppm;
    }
    const BaselineTraffic traffic = traffic_of(split.name, planned.baseline, nginx);
    if (traffic.attempts == 0) {
        warnings.push_back(fmt::format(
            "{} of {} has had no requests: until it has, the guard only knows how many failures "
            "are allowed at all",
            planned.baseline, split.name));
    }
    planned.slow_us = request.slow_us.value_or(traffic.slow_us);
    planned.objective_e9 = request.objective_e9.value_or(static_cast<std::uint64_t>(
        std::clamp(2 * traffic.error_share, kLeastObjective, kMostObjective) * 1e9));
    return planned;
}

}  // namespace

void check_terms(RampTerms& terms) {
    std::uint32_t before = 0;
    for (const std::uint32_t step : terms.steps) {
        if (step <= before) {
            throw wrong_input(fmt::format("--steps: {} does not come above {}", percent_text(step),
                                          percent_text(before)),
                              "steps rise, as in --steps 1,5,25,50,100");
        }
        before = step;
    }
    if (before < kTotalPpm) {
        terms.steps.push_back(kTotalPpm);
    }
    for (const std::uint32_t wanted : terms.approvals) {
        if (std::find(terms.steps.begin(), terms.steps.end(), wanted) == terms.steps.end()) {
            throw wrong_input(
                fmt::format("--require-approval {} is not a step", percent_text(wanted)),
                "use one of --steps");
        }
    }
    if (terms.alpha_e9 == 0 || terms.alpha_e9 > 100'000'000) {
        throw wrong_input(fmt::format("--alpha {:g} is not in (0, 0.1]",
                                      static_cast<double>(terms.alpha_e9) / 1e9),
                          "it is the chance that a good canary is ever tripped, as in 1e-4");
    }
    if (terms.margin_e9 < 1'000'000'000) {
        throw wrong_input(
            fmt::format("--margin {:g} is below 1", static_cast<double>(terms.margin_e9) / 1e9),
            "it is times the baseline's failures that are accepted, as in 1.25");
    }
    if (terms.four_eyes && terms.approvals.empty()) {
        throw wrong_input("--four-eyes without a step that waits for an approval",
                          "name one: --require-approval 25");
    }
}

RampPlan plan_ramp(RampRequest request, const table::TableImage& image, const NginxView& nginx,
                   std::uint64_t now_unix_ns) {
    check_terms(request.terms);
    RampPlan plan;
    std::vector<std::string> names = chosen_names(request, image);
    for (const std::string& name : names) {
        const SplitImage* split = image.find(name);
        if (split == nullptr) {
            throw wrong_input("split " + name + " is not in the table" +
                                  did_you_mean(name, names_of(image.splits)),
                              "teal traffic show lists them");
        }
        if (std::count(names.begin(), names.end(), name) > 1) {
            throw wrong_input("--split " + name + " is named twice", "name each split once");
        }
        plan.ramp.splits.push_back(plan_split(request, *split, nginx, plan.warnings));
    }
    plan.ramp.terms = std::move(request.terms);
    plan.ramp.starter = user_name();
    plan.ramp.started_unix_ns = now_unix_ns;
    plan.ramp.armed_unix_ns = now_unix_ns;
    return plan;
}

}  // namespace teal::cli
