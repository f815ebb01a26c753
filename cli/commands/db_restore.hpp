// `teal db restore`: a backup brought back.
#pragma once

#include "cli/commands/db_target.hpp"
#include "cli/exit_codes.hpp"

#include <string>

namespace teal::cli {

struct DbRestoreOptions {
    DbOptions common{};
    std::string backup{};
    std::string into{};
    unsigned jobs = 1;
    bool no_analyze = false;
    bool yes = false;
    bool dry_run = false;
};

void add_db_restore(CLI::App& db, ExitCode& result);
ExitCode run_db_restore(const DbRestoreOptions& options);

}  // namespace teal::cli
