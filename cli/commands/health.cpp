#include "cli/commands/health.hpp"

#include "cli/commands/command_choice.hpp"
#include "cli/commands/health_check.hpp"

#include <CLI/CLI.hpp>

namespace teal::cli {

void add_health(CLI::App& app, std::string_view called, ExitCode& result) {
    CLI::App& health = *app.add_subcommand("health", "whether what is deployed is healthy");
    health.require_subcommand(1);
    const CommandEntry commands[] = {
        {"check", [&] { add_health_check(health, result); }},
    };
    add_called(commands, called);
}

}  // namespace teal::cli
