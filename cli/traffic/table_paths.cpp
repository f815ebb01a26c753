#include "cli/traffic/table_paths.hpp"

#include "cli/error.hpp"
#include "shared/table/paths.hpp"

namespace teal::cli {
namespace {

// Room for the names of the companions, which are longer than the table's.
constexpr std::size_t kLongestPath = table::kPathBytes - 64;

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
    const char* path = table.c_str();
    return {table, counters.empty() ? table::counters_path_of(path).text : counters,
            table::lock_path_of(path).text, table::saved_path_of(path).text,
            table::secret_path_of(path).text};
}

}  // namespace teal::cli
