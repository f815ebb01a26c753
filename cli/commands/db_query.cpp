#include "cli/commands/db_query.hpp"

#include "cli/commands/table_options.hpp"
#include "cli/database/query.hpp"
#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "cli/output/screen.hpp"

#include <unistd.h>
#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>

namespace teal::cli {
namespace {

constexpr double kDbQueryLongest_s = 86400;

constexpr char kDbQueryHelp[] =
    "Examples:\n"
    "  teal db query \"SELECT COUNT(*) FROM users;\"\n"
    "  teal db query --json \"SELECT id, name FROM users LIMIT 3\"\n"
    "  teal db query --csv -f report.sql > report.csv\n"
    "  teal db query --read-only --timeout 5 < check.sql\n"
    "\n"
    "psql runs it, each statement by itself (BEGIN and COMMIT make one transaction), and stops at\n"
    "the first error. --json takes one statement: its rows as objects, or its command. "
    "--read-only\n"
    "guards against mistakes; SQL may switch it off. Which database it is, is said on a terminal.\n"
    "\n"
    "Exit codes: 0 done, 1 the server refused (its message is on standard error), 2 wrong command\n"
    "line or several databases could be meant, 5 there is no database, or it does not run.\n";

std::string sql_of(const DbQueryOptions& options) {
    if (!options.sql.empty() && !options.file.empty()) {
        throw wrong_input("SQL and --file together", "use one of them");
    }
    if (!options.file.empty() && options.file != "-") {
        return read_whole(options.file);
    }
    if (!options.sql.empty()) {
        return options.sql;
    }
    if (options.file.empty() && isatty(STDIN_FILENO) == 1) {
        throw wrong_input("no SQL", "teal db query \"SELECT 1\", -f FILE, or standard input");
    }
    return {std::istreambuf_iterator<char>(std::cin), {}};
}

}  // namespace

ExitCode run_db_query(const DbQueryOptions& options) {
    if (options.csv && options.common.json) {
        throw wrong_input("--csv and --json together", "use one of them");
    }
    database::Query query;
    query.sql = sql_of(options);
    query.read_only = options.read_only;
    query.format = options.common.json ? database::QueryFormat::json
                   : options.csv       ? database::QueryFormat::csv
                                       : database::QueryFormat::table;
    query.timeout_s = options.timeout.empty()
                          ? 0
                          : parse_seconds("--timeout", options.timeout, kDbQueryLongest_s);
    DbRun run(options.common);
    if (isatty(STDERR_FILENO) == 1) {
        std::cerr << database::described(run.server()) << "\n";
    }
    const bool well = database::run_query(run.server(), query);
    run.end_well();
    return well ? ExitCode::ok : ExitCode::failed;
}

void add_db_query(CLI::App& db, ExitCode& result) {
    auto options = std::make_shared<DbQueryOptions>();
    CLI::App& command = *db.add_subcommand("query", "SQL for the database");
    command.footer(kDbQueryHelp);
    command.add_option("sql", options->sql, "statements (default: standard input)")
        ->type_name("SQL");
    command
        .add_option("-f,--sql-file", options->file, "read them from a file, - is standard input")
        ->type_name("FILE");
    command.add_flag("--csv", options->csv, "print CSV");
    command.add_flag("--json", options->common.json, "print JSON");
    command.add_flag("--read-only", options->read_only, "refuse to change anything");
    command.add_option("--timeout", options->timeout, "seconds a statement may take")
        ->type_name("S");
    add_db_options(command, options->common);
    command.callback([options, &result] { result = run_db_query(*options); });
}

}  // namespace teal::cli
