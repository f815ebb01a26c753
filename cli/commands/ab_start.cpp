#include "cli/commands/ab_start.hpp"

#include "cli/commands/ab_options.hpp"
#include "cli/error.hpp"
#include "cli/experiment/counting.hpp"
#include "cli/experiment/experiment_plan.hpp"
#include "cli/output/change_output.hpp"
#include "cli/output/quantities.hpp"
#include "cli/output/screen.hpp"
#include "cli/suggestion.hpp"
#include "cli/traffic/change.hpp"
#include "cli/traffic/percent.hpp"
#include "cli/traffic/set_words.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kAbStartHolder[] = "teal ab start";
constexpr double kAbStartPatience_s = 10;

constexpr char kAbStartHelp[] =
    "Examples:\n"
    "  teal ab start checkout-colour --split app                all variants alike, all goals\n"
    "  teal ab start price --split app --weights a=50,b=25,c=25 --goal buy --control a\n"
    "  teal ab start price --split app --effect 2 --alpha 1     a small effect, and surer of it\n"
    "\n"
    "Weights and a fresh salt are published at once: visitors of earlier experiments are mixed\n"
    "anew, whatever cookie they have, and everything is counted from then on. The goal named\n"
    "first decides. --alpha is the chance that a winner is ever named although all variants are\n"
    "equal, over all looks and comparisons; --effect is the lift that one looks for: larger ones\n"
    "are found too, and much smaller ones need more visitors than they would have to.\n"
    "\n"
    "Exit codes: 2 something speaks against it, nothing was changed; 4 not all workers took it,\n"
    "start it again; 5 no table or no running nginx.\n";

ExperimentRequest validate(const AbStartOptions& options) {
    ExperimentRequest request;
    request.name = options.name;
    check_experiment_name(request.name);
    request.split = options.split;
    request.weights = parse_weights(options.weights);
    request.goals = options.goals;
    request.control = options.control;
    request.alpha_ppm = parse_alpha(options.alpha);
    request.effect_ppm = parse_effect(options.effect);
    request.keep_assignment = options.keep_assignment;
    return request;
}

// Counted from here on: what workers count now, they have decided by the new table.
void begin_counting(Experiment& experiment, const NginxView& nginx) {
    const CountsReading now =
        read_counts(nginx, experiment.split, experiment.arms, experiment.goals);
    experiment.file_created_unix_ns = now.file_created_unix_ns;
    experiment.in_file = now.counts;
    experiment.started_unix_ns = experiment.looked_unix_ns = now_unix_ns();
    experiment.phase = ExperimentPhase::running;
}

std::string weights_text(const Experiment& experiment) {
    std::string text;
    for (const ExperimentArm& arm : experiment.arms) {
        text += (text.empty() ? "" : ", ") + arm.variant + " " + percent_text(arm.weight_ppm) +
                (arm.variant == experiment.control ? " (control)" : "");
    }
    return text;
}

std::string plan_text(const Experiment& experiment) {
    return fmt::format(
        "{} · split {}: {}\n"
        "goal{} {} · error {}, effect {} · visitors {}\n",
        experiment.name, experiment.split, weights_text(experiment),
        experiment.goals.size() == 1 ? "" : "s", listed(experiment.goals),
        percent_text(experiment.alpha_ppm), percent_text(experiment.effect_ppm),
        experiment.keeps_assignment ? "keep their variants" : "are assigned anew");
}

nlohmann::ordered_json plan_json(const ExperimentPlan& plan, const Change& change, bool dry_run) {
    const Experiment& experiment = plan.experiment;
    nlohmann::ordered_json json = change_json(change, dry_run);
    json["experiment"] = experiment.name;
    json["split"] = experiment.split;
    for (const ExperimentArm& arm : experiment.arms) {
        json["weights"][arm.variant] = percent_number(arm.weight_ppm);
    }
    json["control"] = experiment.control;
    json["goals"] = experiment.goals;
    json["alpha_percent"] = percent_number(experiment.alpha_ppm);
    json["effect_percent"] = percent_number(experiment.effect_ppm);
    json["keeps_assignment"] = experiment.keeps_assignment;
    json["warnings"] = plan.warnings;
    return json;
}

}  // namespace

ExitCode run_ab_start(const AbStartOptions& options) {
    const ExperimentRequest request = validate(options);
    const TablePaths paths = options.table.paths();
    const ExperimentStore store(paths);
    const RampStore ramps(paths);
    NginxView nginx(paths.counters);
    demand_live_nginx(nginx);
    if (options.dry_run) {
        table::TableImage image = read_table(paths, Missing::leave_alone);
        const ExperimentPlan plan = plan_start(request, image, nginx, store, ramps, now_unix_ns());
        for (const std::string& warning : plan.warnings) {
            warn(warning);
        }
        print(options.json ? plan_json(plan, {}, true).dump() + "\n"
                           : plan_text(plan.experiment) + "dry run: nothing was changed\n");
        return ExitCode::ok;
    }
    const DirectoryLock lock = store.lock();
    TableSession session(paths, kAbStartHolder, std::chrono::seconds(10));
    ExperimentPlan plan = plan_start(request, session.image(), nginx, store, ramps, now_unix_ns());
    for (const std::string& warning : plan.warnings) {
        warn(warning);
    }
    Experiment& experiment = plan.experiment;
    const std::vector<CarriedTrip> carried =
        carry_trips(session.image(), nginx, {experiment.split});
    // Written first: killed from here on, it is known that its start was cut off.
    store.save(experiment);
    const Change change = publish_and_prove(session, nginx, plan.changes_table, true,
                                            std::chrono::duration_cast<std::chrono::nanoseconds>(
                                                std::chrono::duration<double>(kAbStartPatience_s)));
    demand_applied(change, kAbStartPatience_s);
    experiment.generation = change.generation;
    begin_counting(experiment, nginx);
    store.save(experiment);
    tell_dashboard(paths, {.time_unix_ns = experiment.started_unix_ns,
                           .kind = "experiment_started",
                           .split = experiment.split,
                           .text = experiment.name});
    print(options.json
              ? plan_json(plan, change, false).dump() + "\n"
              : plan_text(experiment) + change_text(change) + "\n" + carried_trips_text(carried) +
                    "next: teal ab report " + experiment.name + "\n");
    return ExitCode::ok;
}

void add_ab_start(CLI::App& ab, ExitCode& result) {
    auto options = std::make_shared<AbStartOptions>();
    CLI::App& command = *ab.add_subcommand("start", "begin an experiment");
    command.footer(kAbStartHelp);
    command.add_option("name", options->name, "its name, for report and stop")->required();
    command.add_option("--split", options->split, "the split it runs on")
        ->type_name("SPLIT")
        ->required();
    command.add_option("--weights", options->weights, "a=50,b=50: percent, 100 in all (alike)")
        ->type_name("LIST");
    command
        .add_option("--goal", options->goals,
                    "a goal of the split, repeatable, the first decides (all it has)")
        ->type_name("GOAL")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    command
        .add_option("--control", options->control,
                    "what others are compared with (nginx.conf's default)")
        ->type_name("VARIANT");
    command.add_option("--alpha", options->alpha, "chance of a wrong winner, percent (5)")
        ->type_name("PERCENT");
    command.add_option("--effect", options->effect, "smallest lift that matters, percent (5)")
        ->type_name("PERCENT");
    command.add_flag("--keep-assignment", options->keep_assignment,
                     "visitors keep their variant; weights stay as they are");
    command.add_flag("--dry-run", options->dry_run, "only say what would happen");
    command.add_flag("--json", options->json, "print JSON");
    add_table_options(command, options->table);
    command.callback([options, &result] { result = run_ab_start(*options); });
}

}  // namespace teal::cli
