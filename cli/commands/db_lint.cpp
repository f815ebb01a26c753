#include "cli/commands/db_lint.hpp"

#include "cli/commands/lint_options.hpp"
#include "cli/error.hpp"
#include "cli/migration/linter.hpp"
#include "cli/migration/migration_files.hpp"
#include "cli/output/lint_output.hpp"
#include "cli/output/screen.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kDbLintHelp[] =
    "Reads the statements with PostgreSQL's own grammar and says which of them block reads or "
    "writes, rewrite or read a whole table, or break the version that still runs; each with the "
    "lock it takes and what to write instead. Needs no database.\n"
    "\n"
    "Examples:\n"
    "  teal db lint migrations/\n"
    "  teal db lint --assume-in-transaction --pg-version 14 db/migrate/*.sql\n"
    "  teal db lint --format sarif migrations/ > lint.sarif\n"
    "  teal db lint --rules\n"
    "\n"
    "In a file:\n"
    "  -- teal: ignore RULE reason     about the next statement, or the one it stands behind\n"
    "  -- teal: contract               run when no older version is left: may drop and rename\n"
    "\n"
    "A directory's *.sql files are read in the order of their names, numbers as numbers: what one "
    "tells, the next knows. Returns 0 when there are warnings at most, 1 for errors and for what "
    "is "
    "unknown, 2 for a wrong command line or file.\n";

std::string text_of(const nlohmann::ordered_json& json) {
    // Names in a file may be in any encoding.
    return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string rules_in(const std::string& format) {
    return format == "json"       ? text_of(rules_json())
           : format == "markdown" ? rules_markdown()
                                  : rules_text();
}

std::string report_in(const std::string& format, const migration::Report& report) {
    return format == "json"     ? text_of(lint_json(report))
           : format == "sarif"  ? text_of(lint_sarif(report))
           : format == "github" ? lint_github(report)
                                : lint_text(report);
}

}  // namespace

ExitCode run_db_lint(const DbLintOptions& options) {
    const std::string format = options.json ? "json" : options.format;
    if (options.rules) {
        print(rules_in(format));
        return ExitCode::ok;
    }
    if (options.paths.empty()) {
        throw wrong_input("no file or directory to lint", "teal db lint migrations/");
    }
    migration::Linter linter(options.lint);
    const migration::MigrationFiles files = migration::read_migration_files(options.paths);
    for (const migration::SourceText& source : files.sources) {
        linter.lint(source);
    }
    linter.report().skipped_down_files = files.skipped_down_files;
    print(report_in(format, linter.report()));
    return linter.report().failed() ? ExitCode::failed : ExitCode::ok;
}

void add_db_lint(CLI::App& db, ExitCode& result) {
    auto options = std::make_shared<DbLintOptions>();
    CLI::App& command =
        *db.add_subcommand("lint", "whether migrations are safe while the old version serves");
    command.footer(kDbLintHelp);
    command.add_option("paths", options->paths, "SQL files, or directories of them")
        ->type_name("FILE|DIR");
    command
        .add_option("--format", options->format,
                    "human (default), json, sarif, github; markdown with --rules")
        ->check(CLI::IsMember({"human", "json", "sarif", "github", "markdown"}))
        ->type_name("FORMAT");
    command.add_flag("--json", options->json, "the same as --format json");
    add_lint_options(command, options->lint);
    command.add_flag("--rules", options->rules, "list the rules and end");
    command.callback([options, &result] { result = run_db_lint(*options); });
}

}  // namespace teal::cli
