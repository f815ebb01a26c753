#include "cli/commands/canary_status.hpp"

#include "cli/commands/watch_interval.hpp"
#include "cli/output/live_view.hpp"
#include "cli/output/ramp_output.hpp"
#include "cli/output/screen.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kCanaryStatusHelp[] =
    "Examples:\n"
    "  teal canary status\n"
    "  teal canary status --watch             until it has ended, or Ctrl-C\n"
    "  teal canary status --split app --json\n"
    "\n"
    "Shares of failures are since the ramp began, per upstream attempt, with the interval in "
    "which\n"
    "they lie with 95 %. The first bar is the evidence against the canary, the guard trips when "
    "it\n"
    "is full; the second one the evidence that it is no worse than twice the baseline.\n"
    "A ramp that ended stays readable until the next one begins.\n";

}  // namespace

ExitCode run_canary_status(const CanaryStatusOptions& options) {
    const double interval_s = parse_interval(options.interval);
    const Settings settings = load_settings(options.common.project);
    RampControl control(table_paths(settings.table, settings.counters), "teal canary status", {});
    const auto text = [&](const RampPicture& picture) {
        return options.common.json ? ramp_status_json(picture).dump() + "\n"
                                   : ramp_status_text(picture);
    };
    Ramp ramp = chosen_ramp(control.store(), options.common.split);
    if (!options.watch) {
        print(text(take_picture(control, ramp)));
        return ExitCode::ok;
    }
    LiveView view;
    do {
        ramp = chosen_ramp(control.store(), options.common.split);
        view.show(text(take_picture(control, ramp)));
    } while (!has_ended(ramp.phase) && view.pause(interval_s));
    return ExitCode::ok;
}

void add_canary_status(CLI::App& canary, ExitCode& result) {
    auto options = std::make_shared<CanaryStatusOptions>();
    CLI::App& command =
        *canary.add_subcommand("status", "where it is, and what speaks for and against it");
    command.footer(kCanaryStatusHelp);
    command.add_flag("--watch", options->watch, "again and again");
    command.add_option("--interval", options->interval, "seconds between two views (1)")
        ->type_name("S");
    add_canary_options(command, options->common, DryRun::not_offered);
    command.callback([options, &result] { result = run_canary_status(*options); });
}

}  // namespace teal::cli
