#include "cli/commands/ab.hpp"

#include "cli/commands/ab_list.hpp"
#include "cli/commands/ab_report.hpp"
#include "cli/commands/ab_start.hpp"
#include "cli/commands/ab_stop.hpp"
#include "cli/commands/command_choice.hpp"

#include <CLI/CLI.hpp>

namespace teal::cli {

void add_ab(CLI::App& app, std::string_view called, ExitCode& result) {
    CLI::App& ab =
        *app.add_subcommand("ab", "A/B tests: which variant's visitors reach the goal more often");
    ab.require_subcommand(1);
    ab.footer(kExitCodesHelp);
    const CommandEntry commands[] = {
        {"start", [&] { add_ab_start(ab, result); }},
        {"report", [&] { add_ab_report(ab, result); }},
        {"stop", [&] { add_ab_stop(ab, result); }},
        {"list", [&] { add_ab_list(ab, result); }},
    };
    add_called(commands, called);
}

}  // namespace teal::cli
