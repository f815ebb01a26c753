#include "cli/output/quantities.hpp"
#include "cli/output/ramp_output.hpp"
#include "cli/traffic/percent.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string slow_text(const std::vector<std::uint64_t>& slow_us) {
    std::string text;
    for (const std::uint64_t us : slow_us) {
        text += (text.empty() ? "" : ", ") + latency_text(static_cast<double>(us));
    }
    return text.empty() ? "not watched" : text;
}

}  // namespace

std::string ramp_terms_text(const RampTerms& terms) {
    std::string text = "steps";
    for (const std::uint32_t step : terms.steps) {
        const bool waits = std::find(terms.approvals.begin(), terms.approvals.end(), step) !=
                           terms.approvals.end();
        text += " " + percent_text(step) + (waits ? " (needs approval)" : "");
    }
    return text + fmt::format(", {:g} s each{}", static_cast<double>(terms.hold_ns) / 1e9,
                              terms.until_evidence ? " at least, and until there is evidence" : "");
}

std::string ramp_plan_text(const RampPlan& plan) {
    std::string text = ramp_terms_text(plan.ramp.terms) + "\n";
    for (const RampSplit& split : plan.ramp.splits) {
        text += fmt::format("{}: canary {}, baseline {}; failures allowed {}; slow is {}\n",
                            split.split, split.canary, split.baseline,
                            split.objective_e9 == 0
                                ? "any"
                                : share_text(static_cast<double>(split.objective_e9) / 1e9),
                            slow_text(split.slow_us));
    }
    return text;
}

Json steps_json(const RampTerms& terms) {
    Json steps = Json::array();
    for (const std::uint32_t step : terms.steps) {
        steps.push_back(percent_number(step));
    }
    return steps;
}

Json ramp_plan_json(const RampPlan& plan) {
    Json json{{"dry_run", true},
              {"steps_percent", steps_json(plan.ramp.terms)},
              {"splits", Json::array()},
              {"warnings", plan.warnings}};
    for (const RampSplit& split : plan.ramp.splits) {
        json["splits"].push_back(
            {{"split", split.split},
             {"canary", split.canary},
             {"baseline", split.baseline},
             {"max_error_share", static_cast<double>(split.objective_e9) / 1e9},
             {"slow_us", split.slow_us}});
    }
    return json;
}

}  // namespace teal::cli
