#include "cli/output/experiment_words.hpp"
#include "cli/output/quantities.hpp"
#include "cli/output/screen.hpp"
#include "cli/output/text_table.hpp"
#include "cli/traffic/percent.hpp"

#include <fmt/format.h>
#include <sstream>

namespace teal::cli {
namespace {

using experiment::Verdict;

constexpr std::size_t kColumns = 80;

// "label    text", the text broken at spaces and aligned.
std::string labelled(const std::string& label, const std::string& text) {
    constexpr std::size_t kIndent = 10;
    std::string result = label + std::string(kIndent - width_of(label), ' ');
    std::size_t column = kIndent;
    std::istringstream words(text);
    bool first = true;
    for (std::string word; words >> word; first = false) {
        if (!first && column + 1 + width_of(word) > kColumns) {
            result += "\n" + std::string(kIndent, ' ');
            column = kIndent;
        } else if (!first) {
            result += ' ';
            ++column;
        }
        result += word;
        column += width_of(word);
    }
    return result + "\n";
}

std::string rates_table(const GoalFinding& goal) {
    TextTable rows("lrrrrr");
    rows.add({"VARIANT", "SHARE", "VISITORS", "REACHED IT", "RATE", "BETWEEN"});
    for (const ArmFinding& arm : goal.arms) {
        const double width = arm.interval ? arm.interval->high - arm.interval->low : 0.01;
        rows.add({arm.variant, percent_text(arm.weight_ppm), grouped(arm.visitors),
                  grouped(arm.conversions), arm.rate ? percent_for(*arm.rate, width) : "-",
                  interval_text(arm.interval)});
    }
    return rows.text("  ");
}

std::string values_table(const GoalFinding& goal) {
    TextTable rows("lrrr");
    rows.add({"VALUE", "SUM", "A VISITOR", "BETWEEN, ABOUT"});
    for (const ArmFinding& arm : goal.arms) {
        const auto& interval = arm.value_interval;
        const double width = interval ? interval->high - interval->low : 0;
        rows.add({arm.variant, fmt::format("{:.10g}", arm.value_sum),
                  arm.value_mean ? number_for(*arm.value_mean, width) : "-",
                  interval
                      ? number_for(interval->low, width) + " … " + number_for(interval->high, width)
                      : "-"});
    }
    return rows.text("  ");
}

std::string lifts_table(const GoalFinding& goal, const std::string& control) {
    TextTable rows(goal.has_values ? "lrrrr" : "lrr");
    std::vector<std::string> head{"AGAINST " + control, "LIFT", "BETWEEN"};
    if (goal.has_values) {
        head.insert(head.end(), {"OF THE VALUE", "BETWEEN, ABOUT"});
    }
    rows.add(head);
    for (const LiftFinding& lift : goal.lifts) {
        std::vector<std::string> row{lift.variant, lift_text(lift.lift, lift.interval),
                                     lift_interval_text(lift.interval)};
        if (goal.has_values) {
            const auto& interval = lift.value_interval;
            row.push_back(interval ? lift_text(lift.value_lift, *interval) : "-");
            row.push_back(interval ? lift_interval_text(*interval) : "-");
        }
        rows.add(row);
    }
    return rows.text("  ");
}

std::string title(const ExperimentReport& report) {
    const Question& question = report.findings.question;
    std::string text = report.experiment
                           ? fmt::format("{} · split {} · {}", report.experiment->name,
                                         question.split, phase_text(report.experiment->phase))
                           : "split " + question.split + " · no experiment was begun";
    if (report.experiment) {
        text += " · since " + time_text(report.experiment->started_unix_ns);
    }
    return coloured(text, Colour::bold) + "\n";
}

std::string end_line(const ExperimentReport& report) {
    const Experiment& experiment = *report.experiment;
    const std::string who = experiment.winner.empty() ? "no winner: traffic as it was before"
                                                      : "everyone to " + experiment.winner;
    return labelled("stopped", who + ", at " + time_text(experiment.stopped_unix_ns) + " by " +
                                   experiment.stopper +
                                   (experiment.reason.empty() ? "" : ": " + experiment.reason));
}

Colour colour_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::winner:
        case Verdict::equivalent:
            return Colour::green;
        case Verdict::broken:
            return Colour::red;
        case Verdict::undecided:
            break;
    }
    return Colour::yellow;
}

}  // namespace

std::string report_text(const ExperimentReport& report) {
    const Question& question = report.findings.question;
    std::string text = title(report);
    for (std::size_t g = 0; g < report.findings.goals.size(); ++g) {
        const GoalFinding& goal = report.findings.goals[g];
        text += fmt::format("\ngoal {}{}\n", goal.goal,
                            g == 0 && report.findings.goals.size() > 1 ? " (decides)" : "");
        text += rates_table(goal) + (goal.has_values ? "\n" + values_table(goal) : "") + "\n" +
                lifts_table(goal, question.arms[question.control].variant);
    }
    const bool broken = report.standing.verdict == Verdict::broken;
    text += "\n" + labelled("verdict",
                            coloured(verdict_words(report), colour_of(report.standing.verdict)));
    text += labelled("", chance_sentence(report));
    text += labelled(
        "split", broken ? coloured(ratio_sentence(report), Colour::red) : ratio_sentence(report));
    if (!report.experiment || report.experiment->is_under_way()) {
        text += labelled("needed", need_sentence(report));
    }
    text += labelled("interval",
                     fmt::format("each holds the true value at every look with {:.4g} %, the "
                                 "lifts together; a lift compares conversions by the intended "
                                 "shares, and so may differ a little from the ratio of rates",
                                 100 - question.alpha * 100));
    for (const std::string& caveat : caveats(report)) {
        text += labelled("note", caveat);
    }
    if (report.experiment && report.experiment->phase == ExperimentPhase::stopped) {
        text += end_line(report);
    }
    const std::string next = next_command(report);
    return text + (next.empty() ? "" : labelled("next", next));
}

std::string experiments_text(const std::vector<Experiment>& experiments) {
    TextTable rows("llllrl");
    rows.add({"NAME", "SPLIT", "STATE", "SINCE", "VISITORS", "VERDICT"});
    for (const Experiment& experiment : experiments) {
        const ExperimentReport report{experiment, find(question_of(experiment)), {}, 0};
        ExperimentReport told = report;
        told.standing = standing_of(&experiment, report.findings);
        rows.add({experiment.name, experiment.split, phase_text(experiment.phase),
                  time_text(experiment.started_unix_ns), grouped(report.findings.visitors),
                  verdict_words(told)});
        if (experiment.phase == ExperimentPhase::stopped) {
            rows.add_remark(
                "  " + time_text(experiment.stopped_unix_ns) + " " + experiment.stopper + ": " +
                (experiment.winner.empty() ? "no winner" : "everyone to " + experiment.winner) +
                (experiment.reason.empty() ? "" : ", " + experiment.reason));
        }
    }
    return rows.text("");
}

}  // namespace teal::cli
