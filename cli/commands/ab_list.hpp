// `teal ab list`: experiments that run, and those that ended with what was decided.
#pragma once

#include "cli/commands/table_options.hpp"
#include "cli/exit_codes.hpp"

namespace CLI {
class App;
}

namespace teal::cli {

struct AbListOptions {
    TableOptions table;
    bool json = false;
};

void add_ab_list(CLI::App& ab, ExitCode& result);
ExitCode run_ab_list(const AbListOptions& options);

}  // namespace teal::cli
