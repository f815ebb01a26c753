#include "cli/commands/db_backup.hpp"

#include "cli/database/backup.hpp"
#include "cli/database/label.hpp"
#include "cli/output/backup_output.hpp"
#include "cli/output/screen.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kDbBackupHelp[] =
    "Examples:\n"
    "  teal db backup --label pre-upgrade-v2.0\n"
    "  teal db backup --verify                    also restored, and its rows counted\n"
    "  teal db backup --jobs 4                    several tables at once\n"
    "  teal db backup --database postgresql://shop@db.example/shop --keep 7\n"
    "\n"
    "By the server's own pg_dump: in the database's container, or for a URI the one that is\n"
    "installed here and suits the server (TEAL_POSTGRES_BIN). Compressed, custom format, with\n"
    "--jobs above 1 directory format; read back, and its SHA-256 kept. A label may be used again:\n"
    "the newest backup of it is meant. What was interrupted leaves nothing that is taken for a\n"
    "backup; the next command removes it.\n"
    "\n"
    "Exit codes: 0 done, 1 it failed and nothing is left of it, 2 wrong command line or several\n"
    "databases could be meant, 5 there is no database, or it does not run.\n";

database::BackupRequest request_of(const DbBackupOptions& options, const DbRun& run) {
    database::BackupRequest request;
    if (!options.label.empty()) {
        request.label = options.label;
    }
    database::demand_label(request.label);
    request.jobs = options.jobs;
    request.verify = options.verify;
    request.keep = options.keep.value_or(run.settings.backup_limit);
    request.needed = run.linked_backups();
    return request;
}

}  // namespace

ExitCode run_db_backup(const DbBackupOptions& options) {
    DbRun run(options.common);
    const database::BackupRequest request = request_of(options, run);
    const database::BackupStore store(run.settings.backup_directory);
    run.tell_server();
    if (options.dry_run) {
        (void)run.server().dump_version();  // refused as without
        run.end_well();
        run.progress->note("would write a backup \"" + request.label + "\" to " +
                           store.directory().string());
        return ExitCode::ok;
    }
    const database::Manifest manifest =
        database::take_backup(run.server(), store, request, *run.progress);
    run.end_well();
    if (options.common.json) {
        print_event("result", backup_json(manifest, store.directory(), {}));
    } else {
        print(backup_text(manifest, store.directory()));
    }
    return ExitCode::ok;
}

void add_db_backup(CLI::App& db, ExitCode& result) {
    auto options = std::make_shared<DbBackupOptions>();
    CLI::App& command = *db.add_subcommand("backup", "a backup of the database, read back");
    command.footer(kDbBackupHelp);
    command.add_option("--label", options->label, "what it is called (default \"backup\")")
        ->type_name("LABEL");
    command.add_option("-j,--jobs", options->jobs, "tables at once (1); directory format above 1")
        ->type_name("N")
        ->check(CLI::Range(1u, database::kMostJobs));
    command.add_flag("--verify", options->verify,
                     "restore it into a scratch database and compare the rows of each table");
    command
        .add_option("--keep", options->keep,
                    "remove older ones of this database but the newest N (0: none are; "
                    "BACKUP_LIMIT); those of snapshots stay")
        ->type_name("N");
    command.add_flag("--dry-run", options->dry_run, "only say what would happen");
    command.add_flag("--json", options->common.json, "print events as JSON, one a line");
    add_db_options(command, options->common);
    command.callback([options, &result] { result = run_db_backup(*options); });
}

}  // namespace teal::cli
