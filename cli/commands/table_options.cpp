#include "cli/commands/table_options.hpp"

#include "cli/error.hpp"
#include "shared/table/paths.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>

namespace teal::cli {

void add_table_options(CLI::App& command, TableOptions& options) {
    options.table = table::kDefaultTablePath;
    command.add_option("--table", options.table, "the table's file (default /run/teal/table)")
        ->envname("TEAL_TABLE")
        ->type_name("PATH");
    command
        .add_option("--counters", options.counters,
                    "nginx's counters file (default: \"counters\" beside the table)")
        ->envname("TEAL_COUNTERS")
        ->type_name("PATH");
}

double parse_seconds(const std::string& option, const std::string& text, double most) {
    char* end = nullptr;
    const double seconds = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !std::isfinite(seconds) || seconds < 0.0 ||
        seconds > most) {
        throw wrong_input(option + " \"" + text + "\" is not a number of seconds",
                          fmt::format("use 0 to {:g}, as in {} 2.5", most, option));
    }
    return seconds;
}

double seconds_or(const std::string& option, const std::string& text, double otherwise,
                  double most) {
    return text.empty() ? otherwise : parse_seconds(option, text, most);
}

}  // namespace teal::cli
