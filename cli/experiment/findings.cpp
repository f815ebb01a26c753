#include "cli/experiment/findings.hpp"

#include "shared/experiment/beta_mixture.hpp"
#include "shared/experiment/lift.hpp"
#include "shared/experiment/needed.hpp"
#include "shared/experiment/value.hpp"

#include <algorithm>
#include <cmath>

namespace teal::cli {
namespace {

using experiment::Arm;
using experiment::Pair;
using experiment::ValueCounts;

ValueCounts values_of(const ArmCount& arm, std::size_t goal) {
    return {arm.visitors, arm.goals[goal].value_sum, arm.goals[goal].value_square_sum};
}

ArmFinding arm_finding(const Question& question, std::size_t a, std::size_t goal) {
    const ArmCount& count = question.counts[a];
    const GoalCount& goals = count.goals[goal];
    ArmFinding finding;
    finding.variant = question.arms[a].variant;
    finding.weight_ppm = question.arms[a].weight_ppm;
    finding.visitors = count.visitors;
    finding.conversions = goals.conversions;
    finding.value_sum = goals.value_sum;
    if (count.visitors > 0) {
        const auto visitors = static_cast<double>(count.visitors);
        const auto yes = static_cast<double>(goals.conversions);
        finding.rate = yes / visitors;
        if (yes <= visitors) {
            finding.interval = experiment::chance_interval(experiment::kAnyChance, yes,
                                                           visitors - yes, question.alpha);
        }
    }
    const ValueCounts values = values_of(count, goal);
    if (goals.valued > 0 && values.visitors > 0) {
        finding.value_mean = experiment::value_mean(values);
        experiment::Interval interval{};
        if (experiment::value_interval(values, question.alpha, interval)) {
            finding.value_interval = interval;
        }
    }
    return finding;
}

void add_value_lift(const Question& question, std::size_t a, std::size_t goal, double alpha,
                    LiftFinding& finding) {
    const ValueCounts variant = values_of(question.counts[a], goal);
    const ValueCounts control = values_of(question.counts[question.control], goal);
    experiment::Interval interval{};
    if (experiment::value_lift_interval(variant, control, alpha, interval)) {
        finding.value_lift =
            experiment::value_mean(variant) / experiment::value_mean(control) - 1.0;
        finding.value_interval = interval;
    }
}

LiftFinding lift_finding(const Question& question, const std::vector<Arm>& arms, std::size_t a,
                         std::size_t goal) {
    const double alpha =
        experiment::pair_alpha(question.alpha, static_cast<std::uint32_t>(arms.size()));
    const Pair pair = experiment::pair_of(arms[a], arms[question.control]);
    LiftFinding finding;
    finding.variant = question.arms[a].variant;
    if (const double lift = experiment::lift_estimate(pair); !std::isnan(lift)) {
        finding.lift = lift;
    }
    finding.interval = experiment::lift_interval(pair, question.tuned_effect, alpha);
    finding.log_evidence = experiment::log_lift_evidence(pair, question.tuned_effect);
    add_value_lift(question, a, goal, alpha, finding);
    return finding;
}

GoalFinding goal_finding(const Question& question, std::size_t goal) {
    GoalFinding finding;
    finding.goal = question.goals[goal];
    const std::vector<Arm> arms = arms_of(question.arms, question.counts, goal);
    for (std::size_t a = 0; a < arms.size(); ++a) {
        finding.arms.push_back(arm_finding(question, a, goal));
        finding.has_values = finding.has_values || question.counts[a].goals[goal].valued > 0;
        if (a != question.control) {
            finding.lifts.push_back(lift_finding(question, arms, a, goal));
        }
    }
    finding.judgement = experiment::judge(arms.data(), static_cast<std::uint32_t>(arms.size()),
                                          {question.alpha, question.tuned_effect, question.effect});
    return finding;
}

std::optional<double> seconds_to(std::optional<double> visitors,
                                 const ExperimentFindings& findings) {
    const auto come = static_cast<double>(findings.visitors);
    if (!visitors || findings.question.seconds <= 0 || come <= 0) {
        return std::nullopt;
    }
    return std::max(0.0, *visitors - come) * findings.question.seconds / come;
}

// The rarest pair takes longest.
Need need_of(const ExperimentFindings& findings) {
    const Question& question = findings.question;
    const std::vector<Arm> arms = arms_of(question.arms, question.counts, 0);
    const Arm& control = arms[question.control];
    if (control.visitors == 0 || control.conversions == 0) {
        return {};
    }
    const double rate =
        static_cast<double>(control.conversions) / static_cast<double>(control.visitors);
    Need need;
    for (std::size_t a = 0; a < arms.size(); ++a) {
        if (a == question.control) {
            continue;
        }
        const Pair pair = experiment::pair_of(arms[a], control);
        const experiment::Plan plan{
            pair.share, rate, question.tuned_effect,
            experiment::pair_alpha(question.alpha, static_cast<std::uint32_t>(arms.size()))};
        const double of_all = arms[a].share + control.share;
        const double found = experiment::visitors_for(
            plan, experiment::conversions_needed(plan, question.effect), question.effect);
        const double none = experiment::visitors_for(
            plan, experiment::conversions_needed_for_none(plan, question.effect), 0.0);
        need.visitors = std::max(need.visitors.value_or(0), found / of_all);
        need.visitors_for_none = std::max(need.visitors_for_none.value_or(0), none / of_all);
    }
    need.seconds = seconds_to(need.visitors, findings);
    need.seconds_for_none = seconds_to(need.visitors_for_none, findings);
    return need;
}

}  // namespace

Question question_of(const Experiment& experiment) {
    const experiment::Terms terms = experiment.terms();
    Question question;
    question.name = experiment.name;
    question.split = experiment.split;
    question.arms = experiment.arms;
    question.control = experiment.index_of(experiment.control);
    question.goals = experiment.goals;
    question.counts = experiment.counted;
    question.alpha = terms.alpha;
    question.tuned_effect = terms.effect;
    question.effect = terms.effect;
    question.seconds =
        experiment.looked_unix_ns > experiment.started_unix_ns
            ? static_cast<double>(experiment.looked_unix_ns - experiment.started_unix_ns) / 1e9
            : 0;
    return question;
}

const LiftFinding* lift_of(const GoalFinding& goal, const std::string& variant) {
    for (const LiftFinding& lift : goal.lifts) {
        if (lift.variant == variant) {
            return &lift;
        }
    }
    return nullptr;
}

ExperimentFindings find(Question question) {
    ExperimentFindings findings;
    findings.question = std::move(question);
    const Question& asked = findings.question;
    findings.visitors = visitors_of(asked.counts);
    for (std::size_t g = 0; g < asked.goals.size(); ++g) {
        findings.goals.push_back(goal_finding(asked, g));
    }
    for (const ArmCount& arm : asked.counts) {
        for (const GoalCount& goal : arm.goals) {
            findings.has_data =
                findings.has_data || (findings.visitors > 0 && goal.conversions > 0);
        }
    }
    const std::vector<Arm> arms = arms_of(asked.arms, asked.counts, 0);
    findings.log_sample_ratio =
        experiment::log_sample_ratio(arms.data(), static_cast<std::uint32_t>(arms.size()));
    findings.is_broken = findings.log_sample_ratio >= -std::log(experiment::kSampleRatioAlpha);
    findings.need = need_of(findings);
    return findings;
}

Standing standing_of(const Experiment* experiment, const ExperimentFindings& findings) {
    if (experiment != nullptr && experiment->broken) {
        return {experiment::Verdict::broken, "", experiment->broken->time_unix_ns};
    }
    if (findings.is_broken) {
        return {experiment::Verdict::broken, "", 0};
    }
    if (experiment != nullptr && experiment->decision &&
        (experiment->decision->verdict == experiment::Verdict::winner ||
         findings.question.effect >= findings.question.tuned_effect)) {
        const Decision& kept = *experiment->decision;
        return {kept.verdict, kept.winner, kept.time_unix_ns};
    }
    if (findings.goals.empty()) {
        return {};
    }
    const experiment::Judgement& judged = findings.goals.front().judgement;
    return {judged.verdict,
            judged.verdict == experiment::Verdict::winner
                ? findings.question.arms[judged.winner].variant
                : "",
            0};
}

double chance_of_evidence(double log_evidence, std::size_t arms) {
    return std::min(1.0, std::exp(-log_evidence) /
                             experiment::pair_alpha(1.0, static_cast<std::uint32_t>(arms)));
}

std::vector<LiftMoment> lift_history(const Experiment& experiment, std::size_t arm) {
    const experiment::Terms terms = experiment.terms();
    const double alpha =
        experiment::pair_alpha(terms.alpha, static_cast<std::uint32_t>(experiment.arms.size()));
    std::vector<LiftMoment> moments;
    for (const Sample& sample : experiment.samples) {
        const std::vector<Arm> arms = arms_of(experiment.arms, sample.counts, 0);
        const Pair pair =
            experiment::pair_of(arms[arm], arms[experiment.index_of(experiment.control)]);
        LiftMoment moment{sample.time_unix_ns, visitors_of(sample.counts), std::nullopt,
                          experiment::lift_interval(pair, terms.effect, alpha)};
        if (const double lift = experiment::lift_estimate(pair); !std::isnan(lift)) {
            moment.lift = lift;
        }
        moments.push_back(moment);
    }
    return moments;
}

}  // namespace teal::cli
