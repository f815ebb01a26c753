#include "cli/experiment/experiment_store.hpp"
#include "cli/output/experiment_words.hpp"
#include "cli/traffic/percent.hpp"

#include <fmt/format.h>
#include <cmath>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

Json number(std::optional<double> value) {
    return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}

// An end that does not exist is null.
void put_interval(Json& json, const char* name,
                  const std::optional<experiment::Interval>& interval) {
    json[std::string(name) + "_low"] = interval ? number(interval->low) : Json(nullptr);
    json[std::string(name) + "_high"] = interval ? number(interval->high) : Json(nullptr);
}

Json arm_json(const GoalFinding& goal, const ArmFinding& arm) {
    Json json{{"variant", arm.variant},
              {"weight_percent", percent_number(arm.weight_ppm)},
              {"visitors", arm.visitors},
              {"conversions", arm.conversions},
              {"rate", number(arm.rate)}};
    put_interval(json, "rate", arm.interval);
    const LiftFinding* lift = lift_of(goal, arm.variant);
    json["is_control"] = lift == nullptr;
    if (lift != nullptr) {
        json["lift"] = number(lift->lift);
        put_interval(json, "lift", lift->interval);
        json["log_evidence"] = number(lift->log_evidence);
    }
    if (goal.has_values) {
        json["value_sum"] = arm.value_sum;
        json["value_mean"] = number(arm.value_mean);
        put_interval(json, "value_mean", arm.value_interval);
        if (lift != nullptr) {
            json["value_lift"] = number(lift->value_lift);
            put_interval(json, "value_lift", lift->value_interval);
        }
    }
    return json;
}

Json goals_json(const ExperimentFindings& findings) {
    Json goals = Json::array();
    for (const GoalFinding& goal : findings.goals) {
        Json variants = Json::array();
        for (const ArmFinding& arm : goal.arms) {
            variants.push_back(arm_json(goal, arm));
        }
        goals.push_back(
            {{"goal", goal.goal},
             {"decides", &goal == findings.goals.data()},
             {"chance_if_equal", chance_of_evidence(goal.judgement.log_evidence, goal.arms.size())},
             {"variants", std::move(variants)}});
    }
    return goals;
}

Json needed_json(const Need& need) {
    return {{"visitors", number(need.visitors)},
            {"seconds", number(need.seconds)},
            {"visitors_for_no_difference", number(need.visitors_for_none)},
            {"seconds_for_no_difference", number(need.seconds_for_none)}};
}

Json experiment_json(const Experiment& experiment) {
    return {{"name", experiment.name},
            {"state", phase_text(experiment.phase)},
            {"started_unix_ns", experiment.started_unix_ns},
            {"starter", experiment.starter},
            {"looked_unix_ns", experiment.looked_unix_ns},
            {"disturbance", experiment.disturbance},
            {"winner", experiment.winner},
            {"stopped_unix_ns", experiment.stopped_unix_ns},
            {"stopper", experiment.stopper},
            {"reason", experiment.reason}};
}

std::string csv_number(std::optional<double> value) {
    return value && std::isfinite(*value) ? fmt::format("{:.12g}", *value) : "";
}

std::string csv_interval(const std::optional<experiment::Interval>& interval) {
    return interval ? csv_number(interval->low) + "," + csv_number(interval->high) : ",";
}

}  // namespace

Json report_json(const ExperimentReport& report) {
    const Question& question = report.findings.question;
    return {{"experiment", report.experiment ? experiment_json(*report.experiment) : Json(nullptr)},
            {"split", question.split},
            {"control", question.arms[question.control].variant},
            {"alpha", question.alpha},
            {"effect", question.effect},
            {"visitors", report.findings.visitors},
            {"verdict", experiment::verdict_text(report.standing.verdict)},
            {"winner", report.standing.winner},
            {"decided_unix_ns", report.standing.since_unix_ns},
            {"sentences",
             {{"verdict", verdict_words(report)},
              {"chance", chance_sentence(report)},
              {"split", ratio_sentence(report)},
              {"needed", need_sentence(report)}}},
            {"notes", caveats(report)},
            {"sample_ratio",
             {{"log_bayes_factor", number(report.findings.log_sample_ratio)},
              {"alarm", report.standing.verdict == experiment::Verdict::broken}}},
            {"needed", needed_json(report.findings.need)},
            {"goals", goals_json(report.findings)}};
}

std::string report_csv(const ExperimentReport& report) {
    std::string text =
        "goal,variant,weight_percent,visitors,conversions,rate,rate_low,rate_high,lift,lift_low,"
        "lift_high,value_sum,value_mean,value_mean_low,value_mean_high,value_lift,value_lift_low,"
        "value_lift_high\n";
    for (const GoalFinding& goal : report.findings.goals) {
        for (const ArmFinding& arm : goal.arms) {
            const LiftFinding* lift = lift_of(goal, arm.variant);
            text += fmt::format("{},{},{:.10g},{},{},{},{},{},{},{},{},{},{},{}\n", goal.goal,
                                arm.variant, percent_number(arm.weight_ppm), arm.visitors,
                                arm.conversions, csv_number(arm.rate), csv_interval(arm.interval),
                                lift != nullptr ? csv_number(lift->lift) : "",
                                lift != nullptr ? csv_interval(lift->interval) : ",",
                                goal.has_values ? csv_number(arm.value_sum) : "",
                                csv_number(arm.value_mean), csv_interval(arm.value_interval),
                                lift != nullptr ? csv_number(lift->value_lift) : "",
                                lift != nullptr ? csv_interval(lift->value_interval) : ",");
        }
    }
    return text;
}

Json experiments_json(const std::vector<Experiment>& experiments) {
    Json json = Json::array();
    for (const Experiment& experiment : experiments) {
        const ExperimentFindings findings = find(question_of(experiment));
        const Standing standing = standing_of(&experiment, findings);
        Json entry = experiment_json(experiment);
        entry["split"] = experiment.split;
        entry["visitors"] = findings.visitors;
        entry["verdict"] = experiment::verdict_text(standing.verdict);
        entry["verdict_winner"] = standing.winner;
        json.push_back(std::move(entry));
    }
    return json;
}

}  // namespace teal::cli
