#include "cli/commands/db_restore.hpp"

#include "cli/database/backup.hpp"
#include "cli/database/restore.hpp"
#include "cli/error.hpp"
#include "cli/output/backup_output.hpp"
#include "cli/output/screen.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kDbRestoreHelp[] =
    "Examples:\n"
    "  teal db restore --backup pre-upgrade-v2.0\n"
    "  teal db restore --backup pre-upgrade-v2.0 --into shop_before     beside it\n"
    "  teal db restore --backup pre-upgrade-v2.0 --jobs 4 --yes\n"
    "  teal db restore --backup pre-upgrade-v2.0 --database postgres --into shop     shop is gone\n"
    "\n"
    "Checks the checksums, restores into a new database, gathers statistics, and then renames "
    "both\n"
    "in one transaction: until then the old one serves, and afterwards it is kept as\n"
    "NAME_before_restore_TIME. Connections are ended for the rename; what was written since the\n"
    "backup is only in the one that is kept. Owners and rights are restored too: a role that is\n"
    "missing is an error. On a terminal it asks first; elsewhere it does not.\n"
    "\n"
    "Exit codes: 0 done, 1 it failed and the databases are as they were, 2 wrong command line or "
    "no\n"
    "such backup, 5 there is no database, or it does not run.\n";

bool is_confirmed(const DbRestoreOptions& options, ProgressOutput& progress,
                  const database::RestoreOutcome& plan) {
    const bool somebody_is_there = isatty(STDIN_FILENO) == 1 && is_terminal();
    if (options.yes || options.common.json || plan.kept_as.empty() || !somebody_is_there) {
        return true;
    }
    progress.pause();
    print(fmt::format("Replace database {} by the backup? It is kept under another name. [y/N] ",
                      plan.database));
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

void tell_backup(ProgressOutput& progress, const database::Manifest& manifest) {
    progress.note("backup " + backup_line(manifest));
}

}  // namespace

ExitCode run_db_restore(const DbRestoreOptions& options) {
    DbRun run(options.common);
    const database::BackupStore store(run.settings.backup_directory);
    database::RestoreRequest request;
    request.backup = store.find(options.backup);
    request.into = options.into;
    request.jobs = options.jobs;
    request.analyze = !options.no_analyze;
    run.tell_server();
    tell_backup(*run.progress, request.backup);
    const database::RestoreOutcome plan = database::plan_restore(run.server(), request);
    if (options.dry_run) {
        run.progress->note("would restore it into database " + plan.database +
                           (plan.kept_as.empty() ? "" : ", and keep the one there is"));
        run.end_well();
        return ExitCode::ok;
    }
    if (!is_confirmed(options, *run.progress, plan)) {
        run.end_well();
        print("nothing was changed\n");
        return ExitCode::ok;
    }
    const database::RestoreOutcome outcome =
        database::restore_backup(run.server(), store, request, *run.progress);
    run.end_well();
    if (options.common.json) {
        print_event("result", restore_json(request.backup, outcome));
    } else {
        print(restore_text(request.backup, outcome));
    }
    return ExitCode::ok;
}

void add_db_restore(CLI::App& db, ExitCode& result) {
    auto options = std::make_shared<DbRestoreOptions>();
    CLI::App& command = *db.add_subcommand("restore", "a backup brought back, the old one kept");
    command.footer(kDbRestoreHelp);
    command.add_option("--backup", options->backup, "its label (the newest of it) or id")
        ->type_name("LABEL")
        ->required();
    command
        .add_option("--into", options->into,
                    "a new database of this name; nothing is replaced then")
        ->type_name("NAME");
    command.add_option("-j,--jobs", options->jobs, "tables and indexes at once (1)")
        ->type_name("N")
        ->check(CLI::Range(1u, database::kMostJobs));
    command.add_flag("--no-analyze", options->no_analyze,
                     "leave the statistics to autovacuum: queries may be slow until then");
    command.add_flag("-y,--yes", options->yes, "do not ask");
    command.add_flag("--dry-run", options->dry_run, "only say what would happen");
    command.add_flag("--json", options->common.json, "print events as JSON, one a line");
    add_db_options(command, options->common);
    command.callback([options, &result] { result = run_db_restore(*options); });
}

}  // namespace teal::cli
