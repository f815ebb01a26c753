#include "cli/output/simulation_output.hpp"

#include "cli/output/text_table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

std::string percent(double share) {
    return fmt::format("{:.6g} %", share * 100);
}

double share_of_runs(const SimulationResult& result, unsigned count) {
    return static_cast<double>(count) / result.runs;
}

void add_row(TextTable& rows, const char* what, const SimulatedQuantity& quantity, int decimals) {
    rows.add({what, fmt::format("{:.{}f}", quantity.median, decimals),
              fmt::format("{:.{}f}", quantity.p90, decimals),
              fmt::format("{:.{}f}", quantity.p99, decimals)});
}

std::string steps_text(const SimulationPlan& plan, const SimulationResult& result) {
    std::string text;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        if (result.tripped_at_step[i] > 0) {
            text +=
                fmt::format("{}{} in {} of runs", text.empty() ? "" : ", ", percent(plan.steps[i]),
                            percent(share_of_runs(result, result.tripped_at_step[i])));
        }
    }
    return text.empty() ? "never" : text;
}

nlohmann::ordered_json quantity_json(const SimulatedQuantity& quantity) {
    return {{"median", quantity.median}, {"p90", quantity.p90}, {"p99", quantity.p99}};
}

}  // namespace

std::string simulation_text(const SimulationPlan& plan, const SimulationResult& result) {
    std::string text = fmt::format(
        "baseline fails {}, canary {}, {:g} requests/s, ramp of {:g} s, alpha {:g}{}{}: {} "
        "runs\n\n",
        percent(plan.baseline_failures), percent(plan.canary_failures), plan.requests_per_s,
        result.ramp_s, plan.terms.alpha,
        plan.terms.margin > 1 ? fmt::format(", margin {:g}", plan.terms.margin) : "",
        plan.terms.objective > 0 ? ", objective " + percent(plan.terms.objective) : "",
        result.runs);
    TextTable rows("lrrr");
    rows.add({"UNTIL IT IS TRIPPED", "MEDIAN", "P90", "P99"});
    if (result.tripped > 0) {
        add_row(rows, "seconds", result.seconds, 1);
        add_row(rows, "requests of the canary", result.requests, 0);
        add_row(rows, "errors of the canary", result.errors, 0);
        text += rows.text("");
    }
    text += fmt::format("\ntripped at           {}\n", steps_text(plan, result));
    text += fmt::format("promoted undetected  {} ({} of {})\n",
                        percent(share_of_runs(result, result.runs - result.tripped)),
                        result.runs - result.tripped, result.runs);
    text += fmt::format(
        "false alarms         {} of {} with a canary as good as the baseline; promised: "
        "at most {:g} in a day\n",
        result.false_alarms, result.runs, plan.terms.alpha);
    return text;
}

nlohmann::ordered_json simulation_json(const SimulationPlan& plan, const SimulationResult& result) {
    nlohmann::ordered_json steps = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        steps.push_back({{"percent", plan.steps[i] * 100}, {"tripped", result.tripped_at_step[i]}});
    }
    return {{"runs", result.runs},
            {"seed", plan.seed},
            {"ramp_s", result.ramp_s},
            {"tripped", result.tripped},
            {"promoted_undetected", share_of_runs(result, result.runs - result.tripped)},
            {"seconds", quantity_json(result.seconds)},
            {"requests", quantity_json(result.requests)},
            {"errors", quantity_json(result.errors)},
            {"steps", steps},
            {"false_alarms", result.false_alarms},
            {"false_alarm_share", share_of_runs(result, result.false_alarms)},
            {"promised_false_alarms", plan.terms.alpha}};
}

}  // namespace teal::cli
