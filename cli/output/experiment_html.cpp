#include "cli/output/experiment_plot.hpp"
#include "cli/output/experiment_words.hpp"
#include "cli/output/quantities.hpp"
#include "cli/traffic/percent.hpp"

#include <fmt/format.h>

namespace teal::cli {
namespace {

using experiment::Verdict;

// Nothing may be loaded, and nothing runs: the page can be mailed and opened anywhere.
constexpr char kHead[] =
    R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2526; --soft: #5b6769; --line: #d9dfe0;
  --teal: #0b7a75; --area: #0b7a7526; --band: #8a949626; --good: #11693a; --bad: #b3261e; --wait: #7a5a00; }
@media (prefers-color-scheme: dark) { :root { --paper: #14191a; --ink: #e6ecec; --soft: #9fabad;
  --line: #323b3d; --teal: #4cc3bc; --area: #4cc3bc33; --band: #9fabad26; --good: #6fd69a; --bad: #ff8a80; --wait: #e6c15c; } }
body { background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; margin: 0 auto;
  padding: 1.5rem; max-width: 60rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; font-weight: 600; }
p { margin: .4rem 0; } .soft { color: var(--soft); }
.verdict { font-size: 1.25rem; font-weight: 600; } .winner, .equivalent { color: var(--good); }
.broken { color: var(--bad); } .undecided { color: var(--wait); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } th { color: var(--soft); font-weight: 600; }
svg { width: 100%; height: auto; } svg text { fill: var(--soft); font-size: 13px; }
.grid { stroke: var(--line); } .zero { stroke: var(--ink); stroke-width: 1.5; }
.bar { stroke: var(--teal); stroke-width: 3; stroke-linecap: round; } .dot { fill: var(--teal); }
.band { fill: var(--band); } .area { fill: var(--area); } .path { fill: none; stroke: var(--teal); stroke-width: 2; }
</style>
)";

std::string paragraph(const std::string& text, const char* kind = "") {
    return (*kind == '\0' ? "<p>" : fmt::format("<p class=\"{}\">", kind)) + escaped(text) +
           "</p>\n";
}

std::string row(const std::vector<std::string>& cells, const char* tag) {
    std::string text = "<tr>";
    for (const std::string& cell : cells) {
        text += fmt::format("<{0}{2}>{1}</{0}>", tag, escaped(cell),
                            tag[1] == 'h' ? " scope=\"col\"" : "");
    }
    return text + "</tr>\n";
}

std::string rates_html(const GoalFinding& goal) {
    std::string text =
        "<div class=\"scroll\"><table>\n<thead>" +
        row({"Variant", "Share", "Visitors", "Conversions", "Rate", "between", "Lift", "between"},
            "th") +
        "</thead><tbody>\n";
    for (const ArmFinding& arm : goal.arms) {
        const double width = arm.interval ? arm.interval->high - arm.interval->low : 0.01;
        const LiftFinding* lift = lift_of(goal, arm.variant);
        text += row({arm.variant, percent_text(arm.weight_ppm), grouped(arm.visitors),
                     grouped(arm.conversions), arm.rate ? percent_for(*arm.rate, width) : "-",
                     interval_text(arm.interval),
                     lift != nullptr ? lift_text(lift->lift, lift->interval) : "control",
                     lift != nullptr ? lift_interval_text(lift->interval) : ""},
                    "td");
    }
    return text + "</tbody></table></div>\n";
}

std::string values_html(const GoalFinding& goal) {
    std::string text = "<h3>Value (approximate)</h3>\n<div class=\"scroll\"><table>\n<thead>" +
                       row({"Variant", "Sum", "per visitor", "between", "Lift", "between"}, "th") +
                       "</thead><tbody>\n";
    for (const ArmFinding& arm : goal.arms) {
        const LiftFinding* lift = lift_of(goal, arm.variant);
        const auto& interval = arm.value_interval;
        const double width = interval ? interval->high - interval->low : 0;
        const bool has_lift = lift != nullptr && lift->value_interval.has_value();
        text += row(
            {arm.variant, fmt::format("{:.10g}", arm.value_sum),
             arm.value_mean ? number_for(*arm.value_mean, width) : "-",
             interval ? number_for(interval->low, width) + " … " + number_for(interval->high, width)
                      : "-",
             has_lift          ? lift_text(lift->value_lift, *lift->value_interval)
             : lift == nullptr ? "control"
                               : "-",
             has_lift ? lift_interval_text(*lift->value_interval) : ""},
            "td");
    }
    return text + "</tbody></table></div>\n";
}

std::string plots(const GoalFinding& goal, double effect) {
    std::vector<PlotRow> lifts;
    std::vector<PlotRow> rates;
    for (const LiftFinding& lift : goal.lifts) {
        lifts.push_back({lift.variant, lift.lift, lift.interval});
    }
    for (const ArmFinding& arm : goal.arms) {
        rates.push_back({arm.variant, arm.rate, arm.interval});
    }
    return "<h3>Lift over the control</h3>\n" +
           interval_plot("Lift over the control for goal " + goal.goal, lifts, true, effect) +
           "<h3>Rate</h3>\n" +
           interval_plot("Rate of goal " + goal.goal + " by variant", rates, false, effect);
}

std::string histories(const ExperimentReport& report) {
    if (!report.experiment || report.experiment->samples.size() < 2) {
        return "";
    }
    const Experiment& experiment = *report.experiment;
    std::string text = "<h2>How the lift's interval narrowed</h2>\n";
    for (std::size_t a = 0; a < experiment.arms.size(); ++a) {
        const std::string& variant = experiment.arms[a].variant;
        if (variant != experiment.control) {
            text += "<h3>" + escaped(variant + " against " + experiment.control) + "</h3>\n" +
                    history_plot("Lift of " + variant + " over visitors",
                                 lift_history(experiment, a), report.findings.question.effect);
        }
    }
    return text;
}

std::string heading(const ExperimentReport& report) {
    const Question& question = report.findings.question;
    const std::string name =
        report.experiment ? report.experiment->name : "split " + question.split;
    std::string text = "<title>" + escaped(name) +
                       " · teal ab report</title>\n</head>\n<body>\n<h1>" + escaped(name) +
                       "</h1>\n";
    std::string about = "split " + question.split;
    if (report.experiment) {
        about += std::string(", ") + phase_text(report.experiment->phase) + ", since " +
                 time_text(report.experiment->started_unix_ns);
    }
    return text +
           paragraph(about + "; this page was made at " + time_text(report.made_unix_ns), "soft");
}

}  // namespace

std::string report_html(const ExperimentReport& report) {
    const Question& question = report.findings.question;
    std::string text = kHead + heading(report);
    text += fmt::format("<p class=\"verdict {}\">{}</p>\n",
                        experiment::verdict_text(report.standing.verdict),
                        escaped(verdict_words(report)));
    text += paragraph(chance_sentence(report));
    text += paragraph("Split: " + ratio_sentence(report),
                      report.standing.verdict == Verdict::broken ? "broken" : "");
    if (!report.experiment || report.experiment->is_under_way()) {
        text += paragraph("Needed: " + need_sentence(report));
    } else {
        const Experiment& ended = *report.experiment;
        text +=
            paragraph("Stopped at " + time_text(ended.stopped_unix_ns) + " by " + ended.stopper +
                      ": " + (ended.winner.empty() ? "no winner" : "everyone to " + ended.winner) +
                      (ended.reason.empty() ? "" : " (" + ended.reason + ")"));
    }
    for (const std::string& caveat : caveats(report)) {
        text += paragraph(caveat, "soft");
    }
    for (std::size_t g = 0; g < report.findings.goals.size(); ++g) {
        const GoalFinding& goal = report.findings.goals[g];
        text += "<h2>Goal " + escaped(goal.goal) +
                (g == 0 && report.findings.goals.size() > 1 ? " (decides)" : "") + "</h2>\n";
        text += rates_html(goal) + plots(goal, question.effect);
        text += goal.has_values ? values_html(goal) : "";
    }
    text += histories(report);
    text +=
        paragraph(fmt::format("Every interval holds the true value at every look with {:.4g} %, "
                              "those of the lifts together. The grey band is a lift of ±{:.4g} "
                              "%, the smallest that matters.",
                              100 - question.alpha * 100, question.effect * 100),
                  "soft");
    return text + "</body>\n</html>\n";
}

}  // namespace teal::cli
