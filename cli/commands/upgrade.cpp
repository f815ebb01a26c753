#include "cli/commands/upgrade.hpp"

#include "cli/commands/command_choice.hpp"
#include "cli/commands/upgrade_check.hpp"
#include "cli/commands/upgrade_cleanup.hpp"
#include "cli/commands/upgrade_down.hpp"
#include "cli/commands/upgrade_history.hpp"
#include "cli/commands/upgrade_perform.hpp"
#include "cli/commands/upgrade_plan.hpp"
#include "cli/commands/upgrade_rollback.hpp"
#include "cli/commands/upgrade_rolling.hpp"
#include "cli/commands/upgrade_status.hpp"
#include "cli/commands/upgrade_switch.hpp"

#include <CLI/CLI.hpp>

namespace teal::cli {

void add_upgrade(CLI::App& app, std::string_view called, ExitCode& result) {
    CLI::App& upgrade = *app.add_subcommand("upgrade", "deploy, switch, roll back, clean up");
    upgrade.require_subcommand(1);
    upgrade.footer(kExitCodesHelp);
    const CommandEntry commands[] = {
        {"perform", [&] { add_upgrade_perform(upgrade, result); }},
        {"plan", [&] { add_upgrade_plan(upgrade, result); }},
        {"status", [&] { add_upgrade_status(upgrade, result); }},
        {"switch", [&] { add_upgrade_switch(upgrade, result); }},
        {"rollback", [&] { add_upgrade_rollback(upgrade, result); }},
        {"cleanup", [&] { add_upgrade_cleanup(upgrade, result); }},
        {"check", [&] { add_upgrade_check(upgrade, result); }},
        {"down", [&] { add_upgrade_down(upgrade, result); }},
        {"rolling", [&] { add_upgrade_rolling(upgrade, result); }},
        {"history", [&] { add_upgrade_history(upgrade, result); }},
    };
    add_called(commands, called);
}

}  // namespace teal::cli
