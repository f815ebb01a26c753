#include "cli/commands/upgrade_rolling.hpp"

#include "cli/commands/hold_options.hpp"
#include "cli/commands/table_options.hpp"
#include "cli/error.hpp"
#include "cli/output/rolling_output.hpp"
#include "cli/output/screen.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr double kUpgradeRollingLongest_s = 86400;

constexpr char kUpgradeRollingHelp[] =
    "Examples:\n"
    "  teal upgrade rolling                     every service that differs from the project\n"
    "  teal upgrade rolling --dry-run           phases, services, how and why\n"
    "  teal upgrade rolling web worker          only these\n"
    "  teal upgrade rolling --continue          after it stopped, or was killed\n"
    "  teal upgrade rollback                    the way back, service by service\n"
    "\n"
    "The services of the color that serves, and the shared ones, in two phases: what is not\n"
    "critical, then what is, one at a time. A service that can run twice gets a new instance\n"
    "beside the old one, which is drained and ended once the new one is healthy and answers\n"
    "through nginx; a service that cannot is replaced in its place, while requests of the\n"
    "entries that depend on it wait in nginx. Nothing differs: nothing is done.\n"
    "When a service fails it runs as before, and the rest is not begun.\n"
    "\n"
    "Exit codes: 0 all is updated (or was), 3 stopped: a service failed and is as it was, or\n"
    "the summary says otherwise; 1, 2, 4, 5 as everywhere (teal --help).\n";

RollingOptions rolling_options(const UpgradeRollingOptions& options, const Settings& settings) {
    if (options.build && options.pull) {
        throw wrong_input("--build and --pull together", "use one of them");
    }
    RollingOptions rolling;
    rolling.services = options.services;
    rolling.carry_on = options.carry_on;
    rolling.force = options.force;
    rolling.skip_health = options.skip_health;
    rolling.hold = !options.no_hold;
    rolling.hold_max = parse_longest_hold("--hold-max", options.hold_max);
    rolling.allow_migrations = options.allow_migrations;
    rolling.fetch = options.build ? Fetch::build : options.pull ? Fetch::pull : Fetch::as_needed;
    rolling.batch = options.batch;
    rolling.health_timeout_s = seconds_or("--timeout", options.timeout, settings.health_timeout_s,
                                          kUpgradeRollingLongest_s);
    rolling.health_interval_s = seconds_or("--interval", options.interval,
                                           settings.health_interval_s, kUpgradeRollingLongest_s);
    rolling.watch_s =
        seconds_or("--watch", options.watch, settings.watch_s, kUpgradeRollingLongest_s);
    rolling.drain_timeout_s = seconds_or("--drain-timeout", options.drain_timeout,
                                         settings.drain_timeout_s, kUpgradeRollingLongest_s);
    return rolling;
}

ExitCode plan_only(const UpgradeRollingOptions& options) {
    const Settings settings = load_settings(options.common.project);
    const std::unique_ptr<Stack> stack = open_stack(settings);
    const RollingOutcome planned =
        plan_rolling(settings, *stack, rolling_options(options, settings));
    print(options.common.json ? rolling_plan_json(planned).dump() + "\n"
                              : rolling_plan_text(planned));
    return ExitCode::ok;
}

void add_waiting_options(CLI::App& command, UpgradeRollingOptions& options) {
    command
        .add_option("--timeout", options.timeout,
                    "seconds until a service is healthy (HEALTH_CHECK_TIMEOUT, 60)")
        ->type_name("S");
    command
        .add_option("--interval", options.interval,
                    "seconds between health checks (HEALTH_CHECK_INTERVAL, 2)")
        ->type_name("S");
    command.add_flag("--skip-health", options.skip_health,
                     "do not wait for health; entries are still tested through nginx");
    command
        .add_option("--watch", options.watch,
                    "seconds to watch an entry's errors with its first new instance (10; 0: no)")
        ->type_name("S");
    command
        .add_option("--drain-timeout", options.drain_timeout,
                    "seconds an old instance has for its last requests (30)")
        ->type_name("S");
    command.add_flag("!--hold,--no-hold", options.no_hold,
                     "whether requests wait in nginx while what they need is replaced in place "
                     "(they do, where the running module can)");
    command
        .add_option("--hold-max", options.hold_max,
                    "how long requests wait at most; then they go on, come what may (30s)")
        ->type_name("TIME");
}

}  // namespace

ExitCode run_upgrade_rolling(const UpgradeRollingOptions& options) {
    if (options.dry_run) {
        return plan_only(options);
    }
    UpgradeRun run(options.common);
    const RollingOptions rolling = rolling_options(options, run.settings);
    DeploymentJob job(run.settings, *run.stack, *run.progress, "rolling");
    const RollingOutcome outcome = roll(job, rolling);
    run.end(!outcome.stopped);
    if (options.common.json) {
        print_event("result", rolling_json(outcome));
    } else {
        print(rolling_text(outcome));
    }
    return outcome.stopped ? ExitCode::deployment_failed : ExitCode::ok;
}

void add_upgrade_rolling(CLI::App& upgrade, ExitCode& result) {
    auto options = std::make_shared<UpgradeRollingOptions>();
    CLI::App& command =
        *upgrade.add_subcommand("rolling", "update the serving color, service by service");
    command.footer(kUpgradeRollingHelp);
    command.add_option("services", options->services, "only these services")->type_name("SERVICE");
    command.add_flag("--continue", options->carry_on,
                     "carry on a rolling update that stopped or was killed");
    command.add_flag("--force", options->force, "also services that are up to date");
    command.add_flag("--build", options->build, "build images again");
    command.add_flag("--pull", options->pull, "ask the registry for newer images");
    command.add_option("--batch", options->batch, "instances of a service at a time (1)")
        ->type_name("N")
        ->check(CLI::Range(1U, 1000U));
    add_waiting_options(command, *options);
    command
        .add_option("--allow-unsafe-migrations", options->allow_migrations,
                    "go on although teal db lint finds new migrations unsafe; kept in the history")
        ->type_name("REASON")
        ->check([](const std::string& reason) {
            return reason.find_first_not_of(" \t") == std::string::npos ? "needs a reason"
                                                                        : std::string();
        });
    command.add_flag("--dry-run", options->dry_run, "only say what would happen");
    command.add_flag("--json", options->common.json, "print events as JSON, one a line");
    add_project_options(command, options->common.project);
    command.callback([options, &result] { result = run_upgrade_rolling(*options); });
}

}  // namespace teal::cli
