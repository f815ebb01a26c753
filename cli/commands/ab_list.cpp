#include "cli/commands/ab_list.hpp"

#include "cli/experiment/experiment_control.hpp"
#include "cli/output/experiment_output.hpp"
#include "cli/output/screen.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kAbListHelp[] =
    "Examples:\n"
    "  teal ab list\n"
    "  teal ab list --json | jq '.[] | select(.state == \"stopped\")'\n"
    "\n"
    "Those under way first, then the newest. What was decided, when, by whom and why stays\n"
    "readable; teal ab report NAME shows the numbers.\n";

}  // namespace

ExitCode run_ab_list(const AbListOptions& options) {
    ExperimentControl control(options.table.paths());
    control.look_at_all([](const std::string& problem) { warn(problem); });
    std::vector<std::string> damaged;  // told above
    const std::vector<Experiment> experiments = control.store().list(&damaged);
    if (options.json) {
        print(experiments_json(experiments).dump() + "\n");
    } else if (experiments.empty()) {
        print("there is no experiment: teal ab start NAME --split SPLIT\n");
    } else {
        print(experiments_text(experiments));
    }
    return ExitCode::ok;
}

void add_ab_list(CLI::App& ab, ExitCode& result) {
    auto options = std::make_shared<AbListOptions>();
    CLI::App& command = *ab.add_subcommand("list", "experiments, running and ended");
    command.footer(kAbListHelp);
    command.add_flag("--json", options->json, "print JSON");
    add_table_options(command, options->table);
    command.callback([options, &result] { result = run_ab_list(*options); });
}

}  // namespace teal::cli
