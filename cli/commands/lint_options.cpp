#include "cli/commands/lint_options.hpp"

#include <CLI/CLI.hpp>

namespace teal::cli {

void add_lint_options(CLI::App& command, migration::LintOptions& lint) {
    command.add_flag("--assume-in-transaction", lint.assume_in_transaction,
                     "the migration tool runs each file in a transaction");
    command
        .add_option("--pg-version", lint.server_version,
                    "the server's major version, 13 to 17 (default 15)")
        ->check(CLI::Range(13, 17))
        ->type_name("N");
}

}  // namespace teal::cli
