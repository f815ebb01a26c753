// The options that every command on a table takes.
#pragma once

#include "cli/traffic/table_paths.hpp"

#include <string>

namespace CLI {
class App;
}

namespace teal::cli {

struct TableOptions {
    std::string table;
    std::string counters;

    TablePaths paths() const { return table_paths(table, counters); }
};

void add_table_options(CLI::App& command, TableOptions& options);

// Seconds as a number, "0.5"; for --timeout and --interval. Throws Error (wrong input).
double parse_seconds(const std::string& option, const std::string& text, double most);
// The same, and `otherwise` when the option was not given.
double seconds_or(const std::string& option, const std::string& text, double otherwise,
                  double most);

}  // namespace teal::cli
