#include "cli/output/experiment_words.hpp"

#include "cli/output/quantities.hpp"
#include "cli/suggestion.hpp"
#include "cli/traffic/percent.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

namespace teal::cli {
namespace {

using experiment::Verdict;

// Two digits of the width are worth showing.
int decimals_for(double width) {
    if (!(width > 0) || !std::isfinite(width)) {
        return 1;
    }
    return std::clamp(1 - static_cast<int>(std::floor(std::log10(width))), 0, 4);
}

std::string signed_percent(double share, int decimals) {
    const std::string text = fmt::format("{:+.{}f}", share * 100, decimals);
    // Rounded to nothing it has no sign.
    return text.find_first_of("123456789") == std::string::npos ? text.substr(1) : text;
}

std::string chance_text(double chance) {
    if (chance >= 0.995) {
        return "any share";
    }
    return chance < 1e-6 ? "less than one in a million"
                         : fmt::format("at most {:.2g} %", chance * 100);
}

std::string effect_text(const ExperimentReport& report) {
    return fmt::format("{:.4g} %", report.findings.question.effect * 100);
}

std::string time_still(std::optional<double> seconds) {
    if (!seconds || !std::isfinite(*seconds)) {
        return "";
    }
    return *seconds < 1 ? ", which have come"
                        : ", " + duration_text(static_cast<std::uint64_t>(*seconds)) +
                              " more at the pace so far";
}

double evidence_of(const ExperimentReport& report) {
    if (report.experiment && report.experiment->decision &&
        report.standing.since_unix_ns == report.experiment->decision->time_unix_ns) {
        return report.experiment->decision->log_evidence;
    }
    return report.findings.goals.empty() ? 0 : report.findings.goals.front().judgement.log_evidence;
}

}  // namespace

std::string percent_for(double share, double width) {
    return fmt::format("{:.{}f} %", share * 100, decimals_for(width * 100));
}

std::string number_for(double value, double width) {
    return fmt::format("{:.{}f}", value, decimals_for(width));
}

std::string interval_text(const std::optional<experiment::Interval>& interval) {
    if (!interval) {
        return "-";
    }
    const int decimals = decimals_for((interval->high - interval->low) * 100);
    return fmt::format("{:.{}f} … {:.{}f} %", interval->low * 100, decimals, interval->high * 100,
                       decimals);
}

std::string lift_text(std::optional<double> lift, const experiment::Interval& interval) {
    return lift ? signed_percent(*lift, decimals_for((interval.high - interval.low) * 100)) + " %"
                : "-";
}

std::string lift_interval_text(const experiment::Interval& interval) {
    if (!std::isfinite(interval.high)) {
        return interval.low <= -1 ? "anything" : "above " + signed_percent(interval.low, 0) + " %";
    }
    const int decimals = decimals_for((interval.high - interval.low) * 100);
    return signed_percent(interval.low, decimals) + " … " +
           signed_percent(interval.high, decimals) + " %";
}

std::string grouped(double count) {
    if (!std::isfinite(count) || count > 1e18) {
        return "endlessly many";
    }
    return grouped(static_cast<std::uint64_t>(std::llround(count)));
}

std::string grouped(std::uint64_t count) {
    std::string digits = std::to_string(count);
    for (std::size_t i = digits.size(); digits.size() > 4 && i > 3;) {
        i -= 3;
        digits.insert(i, ",");
    }
    return digits;
}

std::string verdict_words(const ExperimentReport& report) {
    switch (report.standing.verdict) {
        case Verdict::winner:
            return "winner " + report.standing.winner;
        case Verdict::equivalent:
            return "no difference larger than " + effect_text(report);
        case Verdict::broken:
            return "broken: no verdict is given";
        case Verdict::undecided:
            break;
    }
    return "no decision yet";
}

std::string chance_sentence(const ExperimentReport& report) {
    const Question& question = report.findings.question;
    if (report.standing.verdict == Verdict::broken) {
        return "Numbers of visitors who were not assigned as intended say nothing of the variants.";
    }
    const double chance = chance_of_evidence(evidence_of(report), question.arms.size());
    const std::string alpha = fmt::format("{:.4g} %", question.alpha * 100);
    std::string since;
    if (report.standing.since_unix_ns != 0) {
        since = " It was first seen at " + time_text(report.standing.since_unix_ns) +
                " and stays, however the numbers go on.";
    }
    switch (report.standing.verdict) {
        case Verdict::winner:
            return "The chance that equal variants are ever told apart is at most " + alpha +
                   ", over all looks and comparisons; evidence as strong as this comes up in " +
                   chance_text(chance) + " of such experiments." + since;
        case Verdict::equivalent:
            return "The chance that this is wrong is at most " + alpha +
                   ", over all looks and comparisons." + since;
        default:
            return "Were the variants equal, evidence as strong as this would come up in " +
                   chance_text(chance) + " of experiments; a winner is named at " + alpha + ".";
    }
}

std::string ratio_sentence(const ExperimentReport& report) {
    const ExperimentFindings& findings = report.findings;
    if (findings.visitors == 0) {
        return "no visitors yet";
    }
    std::string shares;
    for (std::size_t a = 0; a < findings.question.arms.size(); ++a) {
        const double share = static_cast<double>(findings.question.counts[a].visitors) /
                             static_cast<double>(findings.visitors);
        shares += fmt::format("{}{} {:.2f} % (intended {})", a == 0 ? "" : ", ",
                              findings.question.arms[a].variant, share * 100,
                              percent_text(findings.question.arms[a].weight_ppm));
    }
    if (report.standing.verdict != Verdict::broken) {
        return "as intended: " + shares;
    }
    return "ALARM, the visitors are not split as intended: " + shares +
           fmt::format("; odds of {} to one against chance",
                       findings.log_sample_ratio > 690
                           ? "endlessly many"
                           : fmt::format("{:.3g}", std::exp(findings.log_sample_ratio)));
}

std::string need_sentence(const ExperimentReport& report) {
    const Need& need = report.findings.need;
    const Question& question = report.findings.question;
    if (!need.visitors) {
        return "not known before the first conversions of " +
               question.arms[question.control].variant;
    }
    return fmt::format(
        "a lift of {} is found with about {} visitors in four of five cases{}; "
        "that there is none so large, with {}{}",
        effect_text(report), grouped(*need.visitors), time_still(need.seconds),
        grouped(*need.visitors_for_none), time_still(need.seconds_for_none));
}

std::vector<std::string> caveats(const ExperimentReport& report) {
    std::vector<std::string> all;
    if (!report.experiment) {
        all.push_back(
            "Not begun by teal ab start: counted since nginx's counters began, as if the "
            "weights had always been what they are.");
    } else {
        const Experiment& experiment = *report.experiment;
        if (experiment.disturbed_unix_ns != 0) {
            all.push_back("Nothing is counted since " + time_text(experiment.disturbed_unix_ns) +
                          ": " + experiment.disturbance + ".");
        }
        if (experiment.files_lost != 0) {
            all.push_back(
                fmt::format("nginx's counters began anew {} time{} meanwhile: what was "
                            "counted between the last look and that is missing, of all "
                            "variants alike.",
                            experiment.files_lost, experiment.files_lost == 1 ? "" : "s"));
        }
        if (experiment.keeps_assignment) {
            all.push_back(
                "Visitors kept their variant when it began: goals of those who came "
                "before count, they themselves do not.");
        }
    }
    for (const GoalFinding& goal : report.findings.goals) {
        if (goal.has_values) {
            all.push_back("Intervals of values are approximate (asymptotic), and decide nothing.");
            break;
        }
    }
    return all;
}

std::string next_command(const ExperimentReport& report) {
    if (!report.experiment || !report.experiment->is_under_way()) {
        return report.experiment ? ""
                                 : "teal ab start NAME --split " + report.findings.question.split;
    }
    const std::string& name = report.experiment->name;
    if (report.experiment->phase == ExperimentPhase::stopping) {
        return "its end was cut off, end it: teal ab stop " + name +
               (report.experiment->winner.empty() ? " --no-winner"
                                                  : " --winner " + report.experiment->winner);
    }
    switch (report.standing.verdict) {
        case Verdict::winner:
            return "teal ab stop " + name + " --winner " + report.standing.winner;
        case Verdict::equivalent:
            return "teal ab stop " + name + " --winner " + report.experiment->control;
        case Verdict::broken:
            return "look whether bots, caches or redirects reach one variant only, then: "
                   "teal ab stop " +
                   name + " --no-winner";
        case Verdict::undecided:
            break;
    }
    return report.experiment->disturbed_unix_ns != 0 ? "teal ab stop " + name + " --no-winner" : "";
}

}  // namespace teal::cli
