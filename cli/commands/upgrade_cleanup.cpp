#include "cli/commands/upgrade_cleanup.hpp"

#include "cli/commands/table_options.hpp"
#include "cli/deployment/cleanup.hpp"
#include "cli/output/screen.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr double kUpgradeCleanupLongest_s = 86400;

constexpr char kUpgradeCleanupHelp[] =
    "Examples:\n"
    "  teal upgrade cleanup blue                    stops it; rollback can start it again\n"
    "  teal upgrade cleanup blue --remove           removes its containers, too\n"
    "  teal upgrade cleanup blue --force-after 60   cuts what is in flight after a minute\n"
    "\n"
    "Refuses the color that serves. Waits until nothing of the color is in flight. Shared "
    "services\n"
    "and their data are never touched. Also prunes snapshots beyond ROLLBACK_LIMIT.\n";

}  // namespace

ExitCode run_upgrade_cleanup(const UpgradeCleanupOptions& options) {
    const Color color = parse_color(options.color);
    UpgradeRun run(options.common);
    CleanupOptions cleanup;
    cleanup.removal = options.remove ? Removal::remove : Removal::keep;
    cleanup.drain_timeout_s =
        options.drain_timeout.empty()
            ? run.settings.drain_timeout_s
            : parse_seconds("--drain-timeout", options.drain_timeout, kUpgradeCleanupLongest_s);
    if (!options.force_after.empty()) {
        cleanup.force_after_s =
            parse_seconds("--force-after", options.force_after, kUpgradeCleanupLongest_s);
    }
    DeploymentJob job(run.settings, *run.stack, *run.progress, "cleanup");
    const CleanupOutcome outcome = clean_up(job, color, cleanup);
    run.end_well();
    if (options.common.json) {
        print_event("result", {{"outcome", options.remove ? "removed" : "stopped"},
                               {"color", name_of(color)},
                               {"cut", outcome.cut},
                               {"pruned", outcome.pruned}});
    } else {
        print(fmt::format(
            "{} is {}{}\n", name_of(color), options.remove ? "removed" : "stopped",
            outcome.cut > 0 ? fmt::format(", {} requests in flight were cut", outcome.cut) : ""));
    }
    return ExitCode::ok;
}

void add_upgrade_cleanup(CLI::App& upgrade, ExitCode& result) {
    auto options = std::make_shared<UpgradeCleanupOptions>();
    CLI::App& command = *upgrade.add_subcommand("cleanup", "stop a color that does not serve");
    command.footer(kUpgradeCleanupHelp);
    command.add_option("color", options->color, "blue or green")->required()->type_name("COLOR");
    command.add_flag("--remove", options->remove, "remove its containers and networks, too");
    command
        .add_option("--force-after", options->force_after,
                    "cut requests that are still in flight after so many seconds")
        ->type_name("S");
    command
        .add_option("--drain-timeout", options->drain_timeout,
                    "seconds to wait for requests in flight (TEAL_DRAIN_TIMEOUT, 30)")
        ->type_name("S");
    command.add_flag("--json", options->common.json, "print events as JSON, one a line");
    add_project_options(command, options->common.project);
    command.callback([options, &result] { result = run_upgrade_cleanup(*options); });
}

}  // namespace teal::cli
