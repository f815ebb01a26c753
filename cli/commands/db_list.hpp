// `teal db list`: the backups there are.
#pragma once

#include "cli/commands/db_target.hpp"
#include "cli/exit_codes.hpp"

namespace teal::cli {

struct DbListOptions {
    DbOptions common{};
    bool check = false;  // read them all and compare checksums
};

void add_db_list(CLI::App& db, ExitCode& result);
ExitCode run_db_list(const DbListOptions& options);

}  // namespace teal::cli
