#include "cli/commands/upgrade_rollback.hpp"

#include "cli/commands/table_options.hpp"
#include "cli/deployment/rollback.hpp"
#include "cli/output/backup_output.hpp"
#include "cli/output/change_output.hpp"
#include "cli/output/rolling_output.hpp"
#include "cli/output/screen.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr double kUpgradeRollbackLongest_s = 86400;

constexpr char kUpgradeRollbackHelp[] =
    "Examples:\n"
    "  teal upgrade rollback\n"
    "  teal upgrade rollback --to blue-20261124-101530     from teal upgrade history\n"
    "\n"
    "At once when the former version still runs and answers through nginx. Otherwise it is "
    "brought\n"
    "back from its snapshot, by the images it had, and health-checked before it gets traffic. A\n"
    "second rollback returns to where the first began. After a rolling update the services go "
    "back\n"
    "one after the other, in the color that serves; --to ID starts a snapshot beside it instead.\n";

std::string outcome_text(const RollbackOutcome& outcome) {
    if (outcome.was_serving) {
        return fmt::format("{} ({}) serves already\n", name_of(outcome.target), outcome.snapshot);
    }
    std::string text =
        fmt::format("{} serves again ({}) · {} · {:.3f} s{}\n", name_of(outcome.target),
                    outcome.snapshot, change_text(outcome.change), outcome.seconds,
                    outcome.brought_back ? ", brought back from its snapshot" : "");
    if (!outcome.backup.empty()) {
        text += fmt::format(
            "the database is as it was left; as it was before that deployment:\n"
            "  {}\n",
            restore_command(outcome.backup));
    }
    return text;
}

nlohmann::ordered_json outcome_json(const RollbackOutcome& outcome) {
    nlohmann::ordered_json json{
        {"outcome", outcome.was_serving ? "unchanged" : "switched"},
        {"color", name_of(outcome.target)},
        {"from",
         outcome.from ? nlohmann::ordered_json(name_of(*outcome.from)) : nlohmann::ordered_json()},
        {"snapshot", outcome.snapshot},
        {"brought_back", outcome.brought_back},
        {"backup", outcome.backup.empty() ? nlohmann::ordered_json()
                                          : nlohmann::ordered_json(outcome.backup)},
        {"seconds", outcome.seconds}};
    if (!outcome.was_serving) {
        json["change"] = change_json(outcome.change, false);
    }
    return json;
}

}  // namespace

ExitCode run_upgrade_rollback(const UpgradeRollbackOptions& options) {
    UpgradeRun run(options.common);
    RollbackOptions rollback;
    rollback.to = options.to;
    rollback.health_timeout_s =
        options.timeout.empty()
            ? run.settings.health_timeout_s
            : parse_seconds("--timeout", options.timeout, kUpgradeRollbackLongest_s);
    rollback.health_interval_s = run.settings.health_interval_s;
    rollback.drain_timeout_s = run.settings.drain_timeout_s;
    DeploymentJob job(run.settings, *run.stack, *run.progress, "rollback");
    const RollbackOutcome outcome = roll_back(job, rollback);
    const bool stopped = outcome.rolled && outcome.rolled->stopped;
    run.end(!stopped);
    if (options.common.json) {
        print_event("result",
                    outcome.rolled ? rolling_json(*outcome.rolled) : outcome_json(outcome));
    } else {
        print(outcome.rolled ? rolling_text(*outcome.rolled) : outcome_text(outcome));
    }
    return stopped ? ExitCode::deployment_failed : ExitCode::ok;
}

void add_upgrade_rollback(CLI::App& upgrade, ExitCode& result) {
    auto options = std::make_shared<UpgradeRollbackOptions>();
    CLI::App& command = *upgrade.add_subcommand("rollback", "back to what served before");
    command.footer(kUpgradeRollbackHelp);
    command.add_option("--to", options->to, "a snapshot's name, from teal upgrade history")
        ->type_name("SNAPSHOT");
    command
        .add_option("--timeout", options->timeout,
                    "seconds until a stack that was brought back is healthy (60)")
        ->type_name("S");
    command.add_flag("--json", options->common.json, "print events as JSON, one a line");
    add_project_options(command, options->common.project);
    command.callback([options, &result] { result = run_upgrade_rollback(*options); });
}

}  // namespace teal::cli
