#include "cli/output/quantities.hpp"
#include "cli/output/ramp_output.hpp"
#include "cli/traffic/percent.hpp"

#include <fmt/format.h>
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

std::string ramp_plan_text(const RampPlan& plan) {
    const RampTerms& terms = plan.ramp.terms;
    std::string text = "steps";
    for (const std::uint32_t step : terms.steps) {
        text += " " + percent_text(step) + (plan.ramp.is_approved(step) ? "" : " (needs approval)");
    }
    text += fmt::format(", {:g} s each{}\n", static_cast<double>(terms.hold_ns) / 1e9,
                        terms.until_evidence ? " at least, and until there is evidence" : "");
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

Json ramp_plan_json(const RampPlan& plan) {
    Json json{{"dry_run", true},
              {"steps_percent", Json::array()},
              {"splits", Json::array()},
              {"warnings", plan.warnings}};
    for (const std::uint32_t step : plan.ramp.terms.steps) {
        json["steps_percent"].push_back(percent_number(step));
    }
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
