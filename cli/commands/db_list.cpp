#include "cli/commands/db_list.hpp"

#include "cli/database/backup_store.hpp"
#include "cli/error.hpp"
#include "cli/output/backup_output.hpp"
#include "cli/output/screen.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kDbListHelp[] =
    "Examples:\n"
    "  teal db list\n"
    "  teal db list --check      reads all of them and compares their checksums\n"
    "  teal db list --json\n"
    "\n"
    "Returns 1 when a backup is damaged. Asks no database.\n";

// Empty, or what is wrong with its files.
std::string problem_of(const database::BackupStore& store, const database::Manifest& manifest) {
    try {
        database::BackupStore::verify(store.path_of(manifest), manifest.files, {});
        return {};
    } catch (const Error& error) {
        return error.what();
    }
}

}  // namespace

ExitCode run_db_list(const DbListOptions& options) {
    const DbRun run(options.common);
    const database::BackupStore store(run.settings.backup_directory);
    std::vector<std::string> damaged;
    const std::vector<database::Manifest> backups = store.list(&damaged);
    if (options.check) {
        for (const database::Manifest& manifest : backups) {
            if (std::string problem = problem_of(store, manifest); !problem.empty()) {
                damaged.push_back(std::move(problem));
            }
        }
    }
    const std::vector<std::string> linked = run.linked_backups();
    if (options.common.json) {
        print(backups_json(backups, store.directory(), linked, damaged).dump() + "\n");
    } else {
        print(backups_text(backups, store.directory(), linked));
        for (const std::string& problem : damaged) {
            warn(problem);
        }
    }
    return damaged.empty() ? ExitCode::ok : ExitCode::failed;
}

void add_db_list(CLI::App& db, ExitCode& result) {
    auto options = std::make_shared<DbListOptions>();
    CLI::App& command = *db.add_subcommand("list", "the backups there are");
    command.footer(kDbListHelp);
    command.add_flag("--check", options->check, "read them all and compare their checksums");
    command.add_flag("--json", options->common.json, "print JSON");
    add_project_options(command, options->common.project);
    command.callback([options, &result] { result = run_db_list(*options); });
}

}  // namespace teal::cli
