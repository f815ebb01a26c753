#include "cli/commands/canary_drive.hpp"

#include "cli/commands/ramp_screen.hpp"
#include "cli/error.hpp"
#include "cli/output/screen.hpp"

#include <CLI/CLI.hpp>

namespace teal::cli {
namespace {

constexpr char kCanaryDriveHolder[] = "teal canary drive";

constexpr char kCanaryDriveHelp[] =
    "Examples:\n"
    "  teal canary drive                      after the terminal of teal canary start was closed\n"
    "  teal canary drive --split app\n"
    "\n"
    "The ramp goes on exactly where it was: its steps, times and evidence are kept in a file. "
    "What\n"
    "its lease has ended for stays ended. Not needed where teal agent runs.\n"
    "\n"
    "Exit codes: 0 promoted, 6 tripped, 7 aborted, 8 inconclusive, 1, 2, 4, 5 as everywhere\n"
    "(teal --help).\n";

}  // namespace

ExitCode run_canary_drive(const CanaryDriveOptions& options) {
    const Settings settings = load_settings(options.common.project);
    const bool live = !options.common.json && has_colour();
    RampControl control(
        table_paths(settings.table, settings.counters), kCanaryDriveHolder,
        ramp_listeners(settings, live ? EventsShown::nothing : events_shown(options.common.json)));
    const std::string name = chosen_ramp(control.store(), options.common.split).name();
    auto driver = RampDriver::take(control, name, kCanaryDriveHolder);
    if (driver == nullptr) {
        throw failure("the canary of " + name + " is driven by " + control.store().driver_of(name),
                      "to look at it: teal canary status --watch");
    }
    RampScreen screen(control, live);
    return drive_on_screen(*driver, screen);
}

void add_canary_drive(CLI::App& canary, ExitCode& result) {
    auto options = std::make_shared<CanaryDriveOptions>();
    CLI::App& command = *canary.add_subcommand("drive", "go on with a ramp that nobody drives");
    command.footer(kCanaryDriveHelp);
    add_canary_options(command, options->common, DryRun::not_offered);
    command.callback([options, &result] { result = run_canary_drive(*options); });
}

}  // namespace teal::cli
