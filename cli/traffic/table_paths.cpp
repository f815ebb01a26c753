#include "cli/traffic/table_paths.hpp"

#include "cli/error.hpp"
#include "shared/table/paths.hpp"

namespace teal::cli {
namespace {

// Room for the names of the companions, which are longer than the table's.
constexpr std::size_t kLongestPath = table::kPathBytes - 64;

// One Path, a page of stack, at a time.
std::string companion(table::Path (*rule)(const char*), const std::string& table) {
    return rule(table.c_str()).text;
}

}  // namespace

TablePaths table_paths(const std::string& table, const std::string& counters) {
    if (table.empty() || table.back() == '/') {
        throw wrong_input("\"" + table + "\" is not a file's path",
                          "name the table's file, as in --table /run/teal/table");
    }
    if (table.size() > kLongestPath) {
        throw wrong_input(
            "the table's path is longer than " + std::to_string(kLongestPath) + " bytes",
            "use a shorter --table");
    }
    return {table, counters.empty() ? companion(table::counters_path_of, table) : counters,
            companion(table::lock_path_of, table), companion(table::saved_path_of, table),
            companion(table::secret_path_of, table)};
}

}  // namespace teal::cli
