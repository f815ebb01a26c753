#include "cli/commands/canary.hpp"

#include "cli/commands/canary_abort.hpp"
#include "cli/commands/canary_approve.hpp"
#include "cli/commands/canary_drive.hpp"
#include "cli/commands/canary_pause.hpp"
#include "cli/commands/canary_promote.hpp"
#include "cli/commands/canary_resume.hpp"
#include "cli/commands/canary_set.hpp"
#include "cli/commands/canary_simulate.hpp"
#include "cli/commands/canary_start.hpp"
#include "cli/commands/canary_status.hpp"
#include "cli/commands/command_choice.hpp"

#include <CLI/CLI.hpp>

namespace teal::cli {

void add_canary(CLI::App& app, std::string_view called, ExitCode& result) {
    CLI::App& canary =
        *app.add_subcommand("canary", "give a new version its traffic step by step, under guard");
    canary.require_subcommand(1);
    canary.footer(kExitCodesHelp);
    const CommandEntry commands[] = {
        {"start", [&] { add_canary_start(canary, result); }},
        {"drive", [&] { add_canary_drive(canary, result); }},
        {"status", [&] { add_canary_status(canary, result); }},
        {"pause", [&] { add_canary_pause(canary, result); }},
        {"resume", [&] { add_canary_resume(canary, result); }},
        {"set", [&] { add_canary_set(canary, result); }},
        {"approve", [&] { add_canary_approve(canary, result); }},
        {"promote", [&] { add_canary_promote(canary, result); }},
        {"abort", [&] { add_canary_abort(canary, result); }},
        {"simulate", [&] { add_canary_simulate(canary, result); }},
    };
    add_called(commands, called);
}

}  // namespace teal::cli
