#include "cli/commands/db_target.hpp"

#include "cli/deployment/backup_before.hpp"
#include "cli/stack/open_stack.hpp"

#include <CLI/CLI.hpp>

namespace teal::cli {

void add_db_options(CLI::App& command, DbOptions& options) {
    command
        .add_option(
            "--database", options.target.database,
            "postgresql://user@host/name (a password in it is covered in the process list), "
            "or another database's name (default: the project's; DATABASE_URL)")
        ->type_name("URI|NAME");
    command
        .add_option("--service", options.target.service,
                    "compose service that is the database (default: the one with an image of "
                    "PostgreSQL)")
        ->type_name("NAME");
    add_project_options(command, options.project);
}

DbRun::DbRun(const DbOptions& options)
    : settings(load_settings(options.project)),
      stack(is_project(settings) ? open_stack(settings) : nullptr),
      progress(make_progress(options.json)),
      target_(options.target) {}

DbRun::~DbRun() {
    if (!ended_) {
        progress->end(false);
    }
}

const database::Server& DbRun::server() {
    if (!server_) {
        server_ = database::open_server(settings, stack.get(), target_);
    }
    return *server_;
}

void DbRun::tell_server() {
    progress->note(database::described(server()));
}

void DbRun::end_well() {
    progress->end(true);
    ended_ = true;
}

std::vector<std::string> DbRun::linked_backups() const {
    return teal::cli::linked_backups(Records(settings.deployment_directory));
}

}  // namespace teal::cli
