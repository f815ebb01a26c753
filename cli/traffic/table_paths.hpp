// The files that belong to one table, by the rule of shared/table/paths.hpp.
#pragma once

#include <string>

namespace teal::cli {

struct TablePaths {
    std::string table;
    std::string counters;
    std::string lock;
    std::string saved;
    std::string secret;
};

// `counters` empty: beside the table. Throws Error (wrong input) for a path that cannot be one.
TablePaths table_paths(const std::string& table, const std::string& counters);

}  // namespace teal::cli
