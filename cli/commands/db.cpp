#include "cli/commands/db.hpp"

#include "cli/commands/command_choice.hpp"
#include "cli/commands/db_backup.hpp"
#include "cli/commands/db_lint.hpp"
#include "cli/commands/db_list.hpp"
#include "cli/commands/db_migrate.hpp"
#include "cli/commands/db_query.hpp"
#include "cli/commands/db_restore.hpp"

#include <CLI/CLI.hpp>

namespace teal::cli {

void add_db(CLI::App& app, std::string_view called, ExitCode& result) {
    CLI::App& db =
        *app.add_subcommand("db", "the database: backups, queries, whether migrations are safe");
    db.require_subcommand(1);
    const CommandEntry commands[] = {
        {"backup", [&] { add_db_backup(db, result); }},
        {"list", [&] { add_db_list(db, result); }},
        {"restore", [&] { add_db_restore(db, result); }},
        {"query", [&] { add_db_query(db, result); }},
        {"lint", [&] { add_db_lint(db, result); }},
        {"migrate", [&] { add_db_migrate(db, result); }},
    };
    add_called(commands, called);
}

}  // namespace teal::cli
