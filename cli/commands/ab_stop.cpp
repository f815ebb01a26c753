#include "cli/commands/ab_stop.hpp"

#include "cli/commands/ab_options.hpp"
#include "cli/error.hpp"
#include "cli/experiment/experiment_control.hpp"
#include "cli/experiment/experiment_plan.hpp"
#include "cli/history/history.hpp"
#include "cli/output/change_output.hpp"
#include "cli/output/experiment_output.hpp"
#include "cli/output/experiment_words.hpp"
#include "cli/output/quantities.hpp"
#include "cli/output/screen.hpp"
#include "cli/traffic/change.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kAbStopHolder[] = "teal ab stop";
constexpr double kAbStopPatience_s = 10;

constexpr char kAbStopHelp[] =
    "Examples:\n"
    "  teal ab stop checkout-colour --winner green --reason \"+8 % purchases\"\n"
    "  teal ab stop checkout-colour --no-winner       the weights from before it began\n"
    "\n"
    "One publication: the winner gets 100 %, the other variants of the experiment are closed, so\n"
    "that visitors who have one by cookie move with their next request. The decision stays in\n"
    "teal ab list, its numbers in teal ab report NAME. If the weights were changed by another\n"
    "command meanwhile, --no-winner leaves them alone.\n"
    "\n"
    "Exit codes: 2 something speaks against it, nothing was changed; 4 not all workers took it;\n"
    "5 no such experiment.\n";

Experiment stoppable(const ExperimentControl& control, const std::string& name) {
    Experiment experiment = control.store().require(name);
    if (experiment.phase == ExperimentPhase::stopped) {
        throw wrong_input(
            "experiment " + name + " ended already, at " + time_text(experiment.stopped_unix_ns) +
                (experiment.winner.empty() ? ", without a winner"
                                           : ", winner " + experiment.winner),
            "move traffic with: teal traffic set " + experiment.split + " VARIANT=100");
    }
    return experiment;
}

ExperimentReport report_of(const Experiment& experiment) {
    ExperimentReport report{experiment, find(question_of(experiment)), {}, now_unix_ns()};
    report.standing = standing_of(&experiment, report.findings);
    return report;
}

void warn_if_unfounded(const ExperimentReport& report, const std::string& winner) {
    const experiment::Verdict verdict = report.standing.verdict;
    const bool founded = verdict == experiment::Verdict::winner
                             ? report.standing.winner == winner
                             : verdict == experiment::Verdict::equivalent;
    if (!winner.empty() && !founded) {
        warn("the numbers do not say that " + winner + " is best: " + verdict_words(report));
    }
}

std::string traffic_words(const Experiment& experiment, bool changes) {
    return !experiment.winner.empty() ? "everyone to " + experiment.winner
           : changes                  ? "traffic as it was before it began"
                                      : "traffic is left as it is";
}

std::string done_text(const ExperimentReport& report, bool changes) {
    const Experiment& experiment = *report.experiment;
    return fmt::format("{} · split {}: {}\nverdict at the end: {}, after {} visitors\n",
                       experiment.name, experiment.split, traffic_words(experiment, changes),
                       verdict_words(report), grouped(report.findings.visitors));
}

nlohmann::ordered_json done_json(const ExperimentReport& report, const Change& change,
                                 bool dry_run) {
    nlohmann::ordered_json json = change_json(change, dry_run);
    json["stopped"] = report.experiment->name;
    json["everyone_to"] = report.experiment->winner;
    json["report"] = report_json(report);
    return json;
}

}  // namespace

ExitCode run_ab_stop(const AbStopOptions& options) {
    if (options.winner.empty() != options.no_winner) {
        throw wrong_input(options.no_winner ? "--winner and --no-winner exclude each other"
                                            : "who gets the traffic was not said",
                          "teal ab stop " + options.name + " --winner VARIANT, or --no-winner");
    }
    ExperimentControl control(options.table.paths());
    const TablePaths& paths = control.paths();
    stoppable(control, options.name);
    // The last look: these are the numbers it is decided on.
    Experiment experiment =
        options.dry_run ? control.store().require(options.name) : control.look(options.name);
    const bool live = control.nginx().has_live_worker();
    if (options.dry_run) {
        table::TableImage image = read_table(paths, Missing::leave_alone);
        const bool changes = plan_stop(experiment, options.winner, image, control.nginx());
        const ExperimentReport report = report_of(experiment);
        warn_if_unfounded(report, options.winner);
        print(options.json ? done_json(report, {}, true).dump() + "\n"
                           : done_text(report, changes) + "dry run: nothing was changed\n");
        return ExitCode::ok;
    }
    const DirectoryLock lock = control.store().lock();
    experiment = stoppable(control, options.name);
    TableSession session(paths, kAbStopHolder, std::chrono::seconds(10));
    const bool changes = plan_stop(experiment, options.winner, session.image(), control.nginx());
    warn_if_unfounded(report_of(experiment), options.winner);
    std::vector<CarriedTrip> carried;
    if (changes) {
        carried = carry_trips(session.image(), control.nginx(), {experiment.split});
    }
    experiment.stopper = user_name() + "@" + host_name();
    experiment.reason = options.reason;
    experiment.stopped_unix_ns = now_unix_ns();
    // Written first: killed from here on, the same command ends it.
    control.store().save(experiment);
    const Change change = publish_and_prove(session, control.nginx(), changes, live,
                                            std::chrono::duration_cast<std::chrono::nanoseconds>(
                                                std::chrono::duration<double>(kAbStopPatience_s)));
    experiment.generation = change.generation;
    experiment.phase = ExperimentPhase::stopped;
    control.store().save(experiment);
    tell_dashboard(paths, {.time_unix_ns = experiment.stopped_unix_ns,
                           .kind = "experiment_stopped",
                           .split = experiment.split,
                           .text = experiment.name + ": " + traffic_words(experiment, changes)});
    if (!live) {
        warn("no nginx runs: it goes by this as soon as it is started");
    }
    const ExperimentReport report = report_of(experiment);
    print(options.json ? done_json(report, change, false).dump() + "\n"
                       : done_text(report, changes) + change_text(change) + "\n" +
                             carried_trips_text(carried));
    demand_applied(change, kAbStopPatience_s);
    return ExitCode::ok;
}

void add_ab_stop(CLI::App& ab, ExitCode& result) {
    auto options = std::make_shared<AbStopOptions>();
    CLI::App& command = *ab.add_subcommand("stop", "end an experiment, and move everyone");
    command.footer(kAbStopHelp);
    command.add_option("name", options->name, "the experiment")->required();
    command.add_option("--winner", options->winner, "who gets everyone")->type_name("VARIANT");
    command.add_flag("--no-winner", options->no_winner, "the weights from before it began");
    command.add_option("--reason", options->reason, "kept with the decision")->type_name("TEXT");
    command.add_flag("--dry-run", options->dry_run, "only say what would happen");
    command.add_flag("--json", options->json, "print JSON");
    add_table_options(command, options->table);
    command.callback([options, &result] { result = run_ab_stop(*options); });
}

}  // namespace teal::cli
