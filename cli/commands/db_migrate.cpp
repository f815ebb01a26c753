#include "cli/commands/db_migrate.hpp"

#include "cli/commands/lint_options.hpp"
#include "cli/deployment/migration_check.hpp"
#include "cli/deployment/records.hpp"
#include "cli/error.hpp"
#include "cli/output/migration_steps_output.hpp"
#include "cli/output/screen.hpp"
#include "cli/stack/open_stack.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kDbMigrateHelp[] =
    "expand adds what the new version needs and runs before it starts; migrate changes rows; "
    "contract takes away what an old version may use and runs when none is left. Reads files, "
    "runs nothing.\n"
    "\n"
    "Examples:\n"
    "  teal db migrate plan                 those that the serving version does not know\n"
    "  teal db migrate plan db/migrations   all of a directory\n"
    "\n"
    "Returns 1 when one of them is not safe (teal db lint says why).\n";

// What the version that began to serve last knows; nothing when there is none.
std::optional<std::vector<std::string>> known_migrations(const Settings& settings) {
    std::vector<SnapshotMetadata> served = Records(settings.deployment_directory).snapshots.list();
    std::erase_if(served, [](const SnapshotMetadata& one) { return one.served_unix_ns == 0; });
    const auto newest = std::max_element(served.begin(), served.end(),
                                         [](const SnapshotMetadata& a, const SnapshotMetadata& b) {
                                             return a.served_unix_ns < b.served_unix_ns;
                                         });
    return newest == served.end() ? std::nullopt : newest->migrations;
}

// `settled`: what goes without options.
migration::LintOptions how_run(const DbMigratePlanOptions& options,
                               migration::LintOptions settled) {
    settled.assume_in_transaction |= options.lint.assume_in_transaction;
    if (options.lint.server_version != 0) {
        settled.server_version = options.lint.server_version;
    }
    return settled;
}

MigrationCheck check_of_project(const DbMigratePlanOptions& options) {
    const Settings settings = load_settings(options.project);
    const std::filesystem::path directory = open_stack(settings)->definition().migrations;
    if (directory.empty()) {
        throw wrong_input("the project names no directory of migrations",
                          "x-teal: {migrations: DIR} in the compose file, migrations = \"DIR\" in "
                          "teal.toml, or teal db migrate plan DIR");
    }
    return check_new_migrations(directory, known_migrations(settings),
                                how_run(options, lint_options(settings)));
}

}  // namespace

ExitCode run_db_migrate_plan(const DbMigratePlanOptions& options) {
    const MigrationCheck check =
        options.directory.empty()
            ? check_of_project(options)
            : check_new_migrations(options.directory, std::nullopt, how_run(options, {}));
    const std::string rows = migration_steps_text(check);
    if (options.json) {
        print(migration_steps_json(check).dump() + "\n");
    } else {
        print(rows.empty() ? "no new migration in " + check.directory + "\n" : rows);
    }
    return check.safe() ? ExitCode::ok : ExitCode::failed;
}

void add_db_migrate(CLI::App& db, ExitCode& result) {
    CLI::App& migrate = *db.add_subcommand("migrate", "in which deployment each migration may run");
    migrate.require_subcommand(1);
    auto options = std::make_shared<DbMigratePlanOptions>();
    CLI::App& command =
        *migrate.add_subcommand("plan", "expand, migrate or contract, file by file");
    command.footer(kDbMigrateHelp);
    command
        .add_option("directory", options->directory, "instead of the project's (all of it is new)")
        ->type_name("DIR");
    add_lint_options(command, options->lint);
    command.add_flag("--json", options->json, "print JSON");
    add_project_options(command, options->project);
    command.callback([options, &result] { result = run_db_migrate_plan(*options); });
}

}  // namespace teal::cli
