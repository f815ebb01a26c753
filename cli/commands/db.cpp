#include "cli/commands/db.hpp"

#include "cli/commands/command_choice.hpp"
#include "cli/commands/db_lint.hpp"
#include "cli/commands/db_migrate.hpp"

#include <CLI/CLI.hpp>

namespace teal::cli {

void add_db(CLI::App& app, std::string_view called, ExitCode& result) {
    CLI::App& db = *app.add_subcommand("db", "the database: whether migrations are safe to run");
    db.require_subcommand(1);
    const CommandEntry commands[] = {
        {"lint", [&] { add_db_lint(db, result); }},
        {"migrate", [&] { add_db_migrate(db, result); }},
    };
    add_called(commands, called);
}

}  // namespace teal::cli
