// `teal db query`: SQL for the database.
#pragma once

#include "cli/commands/db_target.hpp"
#include "cli/exit_codes.hpp"

#include <string>

namespace teal::cli {

struct DbQueryOptions {
    DbOptions common{};
    std::string sql{};
    std::string file{};
    bool csv = false;
    bool read_only = false;
    std::string timeout{};
};

void add_db_query(CLI::App& db, ExitCode& result);
ExitCode run_db_query(const DbQueryOptions& options);

}  // namespace teal::cli
