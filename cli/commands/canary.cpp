#include "cli/commands/canary.hpp"

#include "cli/commands/canary_simulate.hpp"
#include "cli/commands/command_choice.hpp"

#include <CLI/CLI.hpp>

namespace teal::cli {

void add_canary(CLI::App& app, std::string_view called, ExitCode& result) {
    CLI::App& canary = *app.add_subcommand("canary", "a new version on part of the traffic");
    canary.require_subcommand(1);
    canary.footer(kExitCodesHelp);
    const CommandEntry commands[] = {
        {"simulate", [&] { add_canary_simulate(canary, result); }},
    };
    add_called(commands, called);
}

}  // namespace teal::cli
