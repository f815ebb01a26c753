#include "cli/commands/upgrade_perform.hpp"

#include "cli/commands/hold_options.hpp"
#include "cli/commands/table_options.hpp"
#include "cli/commands/upgrade_plan.hpp"
#include "cli/database/label.hpp"
#include "cli/deployment/perform.hpp"
#include "cli/error.hpp"
#include "cli/notify/ramp_notification.hpp"
#include "cli/output/change_output.hpp"
#include "cli/output/screen.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr double kUpgradePerformLongest_s = 86400;

constexpr char kUpgradePerformHelp[] =
    "Examples:\n"
    "  teal upgrade perform                           asks before it switches\n"
    "  teal upgrade perform --auto-switch --auto-cleanup\n"
    "  teal upgrade perform --timeout 120             slow services\n"
    "  teal upgrade perform --skip-health             deploys only; then: teal upgrade switch "
    "green\n"
    "  teal upgrade perform --backup pre-v2.0         of the database first (teal db backup)\n"
    "  teal upgrade perform --canary                  1,5,25,50,100 % instead of a switch\n"
    "  teal upgrade perform --canary 5,50 --hold 10m --require-approval 50\n"
    "  teal upgrade perform --hold-for-migration ./migrate.sh --hold-max 20s\n"
    "  teal upgrade perform --dry-run                 what would happen (teal upgrade plan)\n"
    "\n"
    "snapshot, images, standby, health, smoke test through nginx, switch, watch, drain. Until the\n"
    "switch nothing that serves is touched; when the new version's errors grow while it is "
    "watched,\n"
    "traffic goes back. Without a terminal and without --auto-switch: deployed, not switched.\n"
    "\n"
    "With --hold-for-migration new requests wait inside nginx before the switch; when none is in\n"
    "flight the command runs (/bin/sh -c, in the project's directory, TEAL_COLOR is the new "
    "color),\n"
    "and one publication switches and lets them go on. When it fails they go on to the old "
    "version.\n"
    "Ctrl-C and SIGTERM meanwhile do the same, at once (again: the command gets SIGKILL). Killed:\n"
    "nginx ends the hold at --hold-max.\n"
    "\n"
    "Exit codes: 0 done (switched, or deployed as asked), 3 the deployment failed and the old\n"
    "version serves on, 1, 2, 4, 5 as everywhere (teal --help). With --canary also 6 tripped,\n"
    "7 aborted, 8 inconclusive: the old version has the traffic, the new one is kept.\n";

bool ask(ProgressOutput& progress, const std::string& question) {
    progress.pause();
    print(question + " [y/N] ");
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

std::optional<std::string> backup_label(const UpgradePerformOptions& options) {
    if (!options.backup) {
        return std::nullopt;
    }
    if (!options.backup_label.empty()) {
        database::demand_label(options.backup_label);
    }
    return options.backup_label;
}

PlanRequest plan_request(const UpgradePerformOptions& options) {
    PlanRequest request;
    request.unsafe_migrations = !options.allow_migrations.empty();
    request.backup = backup_label(options);
    if (options.canary) {
        request.ramp = ramp_request(options.ramp).terms;
    }
    return request;
}

PerformOptions perform_options(const UpgradePerformOptions& options, UpgradeRun& run) {
    if (options.build && options.pull) {
        throw wrong_input("--build and --pull together", "use one of them");
    }
    const Settings& settings = run.settings;
    PerformOptions perform;
    perform.auto_switch = options.auto_switch || settings.auto_switch;
    perform.auto_cleanup = options.auto_cleanup || settings.auto_cleanup;
    perform.skip_health = options.skip_health;
    perform.remove_failed = options.remove_failed;
    perform.backup = backup_label(options);
    perform.allow_migrations = options.allow_migrations;
    perform.fetch = options.build ? Fetch::build : options.pull ? Fetch::pull : Fetch::as_needed;
    perform.health_timeout_s = seconds_or("--timeout", options.timeout, settings.health_timeout_s,
                                          kUpgradePerformLongest_s);
    perform.health_interval_s = seconds_or("--interval", options.interval,
                                           settings.health_interval_s, kUpgradePerformLongest_s);
    perform.watch_s =
        seconds_or("--watch", options.watch, settings.watch_s, kUpgradePerformLongest_s);
    if (options.canary) {
        perform.ramp = ramp_request(options.ramp);
        perform.on_ramp_event = [&run](const RampEvent& event) {
            if (const std::string problem = notify_of(run.settings, event); !problem.empty()) {
                run.progress->warning(problem);
            }
        };
    }
    if (!options.migration.empty()) {
        if (options.canary) {
            throw wrong_input("--hold-for-migration together with --canary",
                              "a canary serves with both versions for long, so the migration must "
                              "suit both: run it before, or switch at once");
        }
        perform.migration = {
            options.migration, parse_longest_hold("--hold-max", options.longest_hold),
            milliseconds_of(seconds_or("--drain-timeout", options.drain_timeout,
                                       settings.drain_timeout_s, kUpgradePerformLongest_s))};
    }
    perform.drain_timeout_s = seconds_or("--drain-timeout", options.drain_timeout,
                                         settings.drain_timeout_s, kUpgradePerformLongest_s);
    if (!options.common.json && isatty(STDIN_FILENO) == 1 && is_terminal()) {
        perform.confirm = [&run](const std::string& question) {
            return ask(*run.progress, question);
        };
    }
    return perform;
}

std::string outcome_text(const PerformOutcome& outcome) {
    const std::string target = name_of(outcome.target);
    if (!outcome.switched) {
        return fmt::format(
            "{} is deployed ({}), {}traffic stays {}\n  next: teal upgrade switch {}\n", target,
            outcome.snapshot, outcome.declined ? "the switch was declined: " : "",
            outcome.from ? std::string("on ") + name_of(*outcome.from) : "where it is", target);
    }
    std::string text = fmt::format("{} serves ({}) · {} · {:.1f} s\n", target, outcome.snapshot,
                                   change_text(outcome.change), outcome.seconds);
    if (outcome.held) {
        text += held_text(*outcome.held) + "\n";
    }
    if (outcome.from) {
        const std::string from = name_of(*outcome.from);
        text += outcome.cleaned_up
                    ? from + " is stopped; teal upgrade rollback starts it again\n"
                    : from + " still runs; back at once with: teal upgrade rollback\n";
    }
    return text;
}

nlohmann::ordered_json outcome_json(const PerformOutcome& outcome) {
    nlohmann::ordered_json json{
        {"outcome", outcome.switched ? "switched" : "deployed"},
        {"color", name_of(outcome.target)},
        {"from",
         outcome.from ? nlohmann::ordered_json(name_of(*outcome.from)) : nlohmann::ordered_json()},
        {"snapshot", outcome.snapshot},
        {"backup", outcome.backup.empty() ? nlohmann::ordered_json()
                                          : nlohmann::ordered_json(outcome.backup)},
        {"watched_attempts", outcome.watch.attempts},
        {"watched_errors", outcome.watch.errors},
        {"left_in_flight", outcome.left_in_flight},
        {"cleaned_up", outcome.cleaned_up},
        {"seconds", outcome.seconds}};
    if (outcome.held) {
        json["hold"] = {{"held_s", outcome.held->held_s},
                        {"migration_s", outcome.held->migration_s},
                        {"requests", outcome.held->requests},
                        {"refused", outcome.held->refused},
                        {"passed", outcome.held->passed}};
    }
    if (outcome.switched) {
        json["change"] = change_json(outcome.change, false);
    } else {
        json["next_step"] = std::string("teal upgrade switch ") + name_of(outcome.target);
    }
    return json;
}

}  // namespace

ExitCode run_upgrade_perform(const UpgradePerformOptions& options) {
    if (options.dry_run) {
        return run_upgrade_plan(options.common, plan_request(options));
    }
    UpgradeRun run(options.common);
    const PerformOptions perform_with = perform_options(options, run);
    DeploymentJob job(run.settings, *run.stack, *run.progress, "perform");
    const PerformOutcome outcome = perform(job, perform_with);
    run.end_well();
    if (options.common.json) {
        print_event("result", outcome_json(outcome));
    } else {
        print(outcome_text(outcome));
    }
    return ExitCode::ok;
}

void add_upgrade_perform(CLI::App& upgrade, ExitCode& result) {
    auto options = std::make_shared<UpgradePerformOptions>();
    CLI::App& command = *upgrade.add_subcommand("perform", "deploy the standby and switch to it");
    command.footer(kUpgradePerformHelp);
    command.add_flag("--auto-switch", options->auto_switch, "switch without asking (AUTO_SWITCH)");
    command.add_flag("--auto-cleanup", options->auto_cleanup,
                     "stop the old color once it is drained (AUTO_CLEANUP)");
    command
        .add_option("--timeout", options->timeout,
                    "seconds until all is healthy (HEALTH_CHECK_TIMEOUT, 60)")
        ->type_name("S");
    command
        .add_option("--interval", options->interval,
                    "seconds between health checks (HEALTH_CHECK_INTERVAL, 2)")
        ->type_name("S");
    command.add_flag("--skip-health", options->skip_health,
                     "deploy without checking; `switch` still tests through nginx");
    command.add_flag("--build", options->build, "build images again");
    command.add_flag("--pull", options->pull, "ask the registry for newer images");
    command
        .add_option("--watch", options->watch,
                    "seconds to watch the new version's errors after the switch (10; 0: no)")
        ->type_name("S");
    command
        .add_option("--drain-timeout", options->drain_timeout,
                    "seconds the old color has for its last requests (30)")
        ->type_name("S");
    command
        .add_option("--hold-for-migration", options->migration,
                    "hold new requests before the switch, and run this while none is in flight")
        ->type_name("CMD")
        ->check([](const std::string& text) {
            return text.find_first_not_of(" \t") == std::string::npos ? "needs a command"
                                                                      : std::string();
        });
    command
        .add_option("--hold-max", options->longest_hold,
                    "the longest a request may wait for it (30s; at most 10m)")
        ->type_name("TIME");
    command.add_flag("--remove-failed", options->remove_failed,
                     "remove a standby that failed instead of keeping it for inspection");
    command
        .add_option("--allow-unsafe-migrations", options->allow_migrations,
                    "go on although teal db lint finds new migrations unsafe; kept in the history")
        ->type_name("REASON")
        ->check([](const std::string& reason) {
            return reason.find_first_not_of(" \t") == std::string::npos ? "needs a reason"
                                                                        : std::string();
        });
    CLI::Option* backup = command
                              .add_option("--backup", options->backup_label,
                                          "back up the database first; the snapshot refers to it")
                              ->type_name("LABEL")
                              ->expected(0, 1);
    CLI::Option* canary =
        command
            .add_option("--canary", options->ramp.steps,
                        "give it the traffic step by step, in percent (1,5,25,50,100); see teal "
                        "canary start")
            ->type_name("STEPS")
            ->expected(0, 1);
    add_ramp_terms(command, options->ramp);
    command.add_flag("--dry-run", options->dry_run, "only say what would happen");
    command.add_flag("--json", options->common.json, "print events as JSON, one a line");
    add_project_options(command, options->common.project);
    command.callback([options, canary, backup, &result] {
        options->backup = backup->count() > 0;
        options->canary = canary->count() > 0;
        if (options->ramp.steps.empty()) {
            options->ramp.steps = RampTermsOptions{}.steps;
        }
        result = run_upgrade_perform(*options);
    });
}

}  // namespace teal::cli
