#include "cli/commands/ab_report.hpp"

#include "cli/commands/ab_options.hpp"
#include "cli/error.hpp"
#include "cli/experiment/experiment_control.hpp"
#include "cli/experiment/split_question.hpp"
#include "cli/files/durable_file.hpp"
#include "cli/output/experiment_output.hpp"
#include "cli/output/quantities.hpp"
#include "cli/output/screen.hpp"
#include "cli/traffic/table_session.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kAbReportHelp[] =
    "Examples:\n"
    "  teal ab report                               the only experiment there is\n"
    "  teal ab report checkout-colour --json | jq .verdict\n"
    "  teal ab report checkout-colour --html report.html\n"
    "  teal ab report --split app                   also without teal ab start\n"
    "  teal ab report checkout-colour --effect 2    is there no difference beyond 2 %?\n"
    "\n"
    "Look as often as you like: intervals and verdict are right at every look, not only at one\n"
    "that was fixed beforehand. A lift is that of the rate, (variant / control) - 1, from whom "
    "the\n"
    "conversions belong to; the rate itself is goals so far of visitors so far: when visitors "
    "need\n"
    "days to reach the goal it is a little too low, for all variants alike. A verdict, once seen "
    "by\n"
    "report or teal agent, stays.\n"
    "\n"
    "Exit codes: 0 reported; 5 no such experiment, split or table; 9 nothing was counted yet;\n"
    "10 broken: the visitors are not split as the weights say.\n";

ExperimentReport report_on(Experiment experiment) {
    ExperimentReport report;
    report.findings.question = question_of(experiment);
    report.experiment = std::move(experiment);
    return report;
}

// The experiment named, the one on the split, or the only one; else the split itself.
ExperimentReport asked_for(const AbReportOptions& options, ExperimentControl& control) {
    std::string name = options.name;
    const ExperimentStore& store = control.store();
    if (name.empty()) {
        name = chosen_experiment(store, options.split);
    }
    if (!name.empty()) {
        bool kept = true;
        Experiment experiment = control.look(name, &kept);
        if (!options.split.empty() && experiment.split != options.split) {
            throw wrong_input("experiment " + name + " runs on split " + experiment.split +
                                  ", not on " + options.split,
                              "leave one of the two out");
        }
        if (experiment.phase == ExperimentPhase::starting) {
            throw nothing_there(
                "the start of experiment " + name + " was cut off",
                "start it again: teal ab start " + name + " --split " + experiment.split);
        }
        if (!kept && experiment.phase == ExperimentPhase::running) {
            warn("a verdict seen now is not kept: " + store.directory().string() +
                 " may not be written by this user");
        }
        return report_on(std::move(experiment));
    }
    ExperimentReport report;
    report.findings.question =
        split_question(options.split, read_table(control.paths()), control.nginx());
    return report;
}

void demand_data(const ExperimentReport& report) {
    if (report.findings.visitors != 0) {
        return;
    }
    const Question& question = report.findings.question;
    throw Error(
        ExitCode::no_data,
        (report.experiment ? "experiment " + report.experiment->name : "split " + question.split) +
            " has no data: nginx has counted no visitor yet",
        "send visitors through teal_split " + question.split +
            ", not pinned and not excluded, then look again: teal traffic explain " +
            question.split);
}

}  // namespace

ExitCode run_ab_report(const AbReportOptions& options) {
    if (options.json && options.csv) {
        throw wrong_input("--json and --csv exclude each other", "choose one");
    }
    const double effect =
        options.effect.empty() ? 0 : parse_effect(options.effect) / double{table::kTotalPpm};
    ExperimentControl control(options.table.paths());
    ExperimentReport report = asked_for(options, control);
    if (effect > 0) {
        report.findings.question.effect = effect;
    }
    report.findings = find(report.findings.question);
    report.standing =
        standing_of(report.experiment ? &*report.experiment : nullptr, report.findings);
    report.made_unix_ns = now_unix_ns();
    demand_data(report);
    if (!options.html.empty()) {
        write_atomically(options.html, report_html(report));
    }
    if (options.json) {
        print(report_json(report).dump() + "\n");
    } else if (options.csv) {
        print(report_csv(report));
    } else {
        print(options.html.empty() ? report_text(report) : "the page is in " + options.html + "\n");
    }
    return report.standing.verdict == experiment::Verdict::broken ? ExitCode::broken : ExitCode::ok;
}

void add_ab_report(CLI::App& ab, ExitCode& result) {
    auto options = std::make_shared<AbReportOptions>();
    CLI::App& command = *ab.add_subcommand("report", "rates, lifts, and what may be said of them");
    command.footer(kAbReportHelp);
    command.add_option("name", options->name, "the experiment (default: the only one)");
    command.add_option("--split", options->split, "the one on this split, or the split itself")
        ->type_name("SPLIT");
    command.add_option("--effect", options->effect, "smallest lift that matters, in percent")
        ->type_name("PERCENT");
    command.add_flag("--json", options->json, "print JSON");
    command.add_flag("--csv", options->csv, "print a line for each goal and variant");
    command.add_option("--html", options->html, "write a page of its own into FILE")
        ->type_name("FILE");
    add_table_options(command, options->table);
    command.callback([options, &result] { result = run_ab_report(*options); });
}

}  // namespace teal::cli
