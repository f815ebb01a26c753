// How the migrations that are linted will be run, as options of a command.
#pragma once

#include "cli/migration/finding.hpp"

namespace CLI {
class App;
}

namespace teal::cli {

// `lint` has what goes without the options, and gets what they say.
void add_lint_options(CLI::App& command, migration::LintOptions& lint);

}  // namespace teal::cli
