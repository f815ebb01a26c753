#include "cli/commands/canary_set.hpp"

#include "cli/error.hpp"
#include "cli/history/history.hpp"
#include "cli/ramp/machine.hpp"
#include "cli/traffic/percent.hpp"

#include <CLI/CLI.hpp>

namespace teal::cli {
namespace {

constexpr char kCanarySetHelp[] =
    "Examples:\n"
    "  teal canary set 10\n"
    "  teal canary set 0.5 --reason \"too much for the cache\"\n"
    "\n"
    "On from there with: teal canary resume.\n";

}  // namespace

ExitCode run_canary_set(const CanarySetOptions& options) {
    std::string problem;
    const std::optional<std::uint32_t> ppm = parse_percent(options.percent, problem);
    if (!ppm) {
        throw wrong_input("\"" + options.percent + "\" " + problem,
                          "percent, as in teal canary set 10");
    }
    change_ramp(options.common, "teal canary set", [&](Ramp& ramp, const Sight& sight) {
        set_ramp(ramp, *ppm, {user_name(), options.reason}, sight);
    });
    return ExitCode::ok;
}

void add_canary_set(CLI::App& canary, ExitCode& result) {
    auto options = std::make_shared<CanarySetOptions>();
    CLI::App& command =
        *canary.add_subcommand("set", "give the canary this share now, and hold it");
    command.footer(kCanarySetHelp);
    command.add_option("percent", options->percent, "of the split")
        ->required()
        ->type_name("PERCENT");
    command.add_option("--reason", options->reason, "kept in the log")->type_name("TEXT");
    add_canary_options(command, options->common, DryRun::offered);
    command.callback([options, &result] { result = run_canary_set(*options); });
}

}  // namespace teal::cli
