#include "cli/commands/canary_start.hpp"

#include "cli/commands/ramp_screen.hpp"
#include "cli/deployment/ramp_records.hpp"
#include "cli/deployment/records.hpp"
#include "cli/error.hpp"
#include "cli/output/quantities.hpp"
#include "cli/output/ramp_output.hpp"
#include "cli/output/screen.hpp"
#include "cli/traffic/table_session.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kCanaryStartHolder[] = "teal canary start";

constexpr char kCanaryStartHelp[] =
    "Examples:\n"
    "  teal canary start                              the only standby, 1,5,25,50,100 %, 60 s "
    "each\n"
    "  teal canary start --split app --steps 5,50 --hold 10m\n"
    "  teal canary start --until-evidence             as fast as the evidence allows\n"
    "  teal canary start --require-approval 25 --four-eyes\n"
    "  teal canary start --split app --split api      both together\n"
    "  teal canary start --detach                     teal agent drives it\n"
    "\n"
    "The guard inside nginx watches the canary's failures and slow answers against the "
    "baseline's,\n"
    "looks ten times a second, and takes its traffic away when they are worse. A step ends when "
    "its\n"
    "time has passed and the canary had requests: no data never promotes. When the terminal is\n"
    "closed, teal agent goes on; without one teal canary drive does, or the traffic returns when "
    "the\n"
    "lease ends.\n"
    "--until-evidence compares failures: a service that never fails gives no evidence.\n"
    "\n"
    "Exit codes: 0 promoted, 6 tripped, 7 aborted, 8 inconclusive, 1, 2, 4, 5 as everywhere\n"
    "(teal --help).\n";

void demand_no_deployment(const Settings& settings, const Ramp& ramp) {
    if (ramp.deployments.empty()) {
        return;
    }
    const std::string holder = deployment_lock_holder(Records(settings.deployment_directory));
    if (!holder.empty()) {
        throw failure("a deployment is under way: " + holder, "wait for it: teal upgrade status");
    }
}

}  // namespace

ExitCode run_canary_start(const CanaryStartOptions& options) {
    RampRequest request = ramp_request(options.terms);
    request.splits = options.splits;
    request.canary = options.canary;
    const Settings settings = load_settings(options.project);
    const TablePaths paths = table_paths(settings.table, settings.counters);
    const bool live = !options.json && !options.detach && has_colour();
    // A live view has them.
    const EventsShown shown = live ? EventsShown::nothing : events_shown(options.json);
    RampControl control(paths, kCanaryStartHolder, ramp_listeners(settings, shown));
    demand_live_nginx(control.nginx());
    const table::TableImage image =
        read_table(paths, options.dry_run ? Missing::leave_alone : Missing::restore);
    RampPlan plan = plan_ramp(std::move(request), image, control.nginx(), now_unix_ns());
    for (const std::string& warning : plan.warnings) {
        warn(warning);
    }
    plan.ramp.deployments = deployments_of(settings, plan.ramp);
    demand_no_deployment(settings, plan.ramp);
    if (options.dry_run) {
        print(options.json ? ramp_plan_json(plan).dump() + "\n"
                           : ramp_plan_text(plan) + "dry run: nothing was changed\n");
        return ExitCode::ok;
    }
    const std::string name = plan.ramp.name();
    // Taken before there is something to drive, so that no agent is quicker.
    auto driver = options.detach ? nullptr : RampDriver::take(control, name, kCanaryStartHolder);
    if (options.detach) {
        control.begin(std::move(plan.ramp));
        control.tell_and_record_if_free(name);
        return ExitCode::ok;
    }
    RampScreen screen(control, live);
    control.begin(std::move(plan.ramp));
    if (driver == nullptr) {
        driver = RampDriver::take(control, name, kCanaryStartHolder);
    }
    if (driver == nullptr) {
        warn("driven by " + control.store().driver_of(name) + ": teal canary status --watch");
        return ExitCode::ok;
    }
    return drive_on_screen(*driver, screen);
}

void add_canary_start(CLI::App& canary, ExitCode& result) {
    auto options = std::make_shared<CanaryStartOptions>();
    CLI::App& command = *canary.add_subcommand("start", "begin to give a standby its traffic");
    command.footer(kCanaryStartHelp);
    command
        .add_option("--split", options->splits,
                    "its split (default: the only one with a standby); repeatable")
        ->type_name("SPLIT")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    command.add_option("--canary", options->canary, "its variant (default: the standby)")
        ->type_name("VARIANT");
    command
        .add_option("--steps", options->terms.steps,
                    "its shares in percent, rising; then everything (1,5,25,50,100)")
        ->type_name("LIST");
    add_ramp_terms(command, options->terms);
    command.add_flag("--detach", options->detach, "only begin; teal agent drives it");
    command.add_flag("--dry-run", options->dry_run, "only say what would happen");
    command.add_flag("--json", options->json, "print events as JSON, one a line");
    add_project_options(command, options->project);
    command.callback([options, &result] { result = run_canary_start(*options); });
}

}  // namespace teal::cli
