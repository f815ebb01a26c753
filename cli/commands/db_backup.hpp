// `teal db backup`: a backup of the database, checked.
#pragma once

#include "cli/commands/db_target.hpp"
#include "cli/exit_codes.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace teal::cli {

struct DbBackupOptions {
    DbOptions common{};
    std::string label{};
    unsigned jobs = 1;
    bool verify = false;
    std::optional<std::size_t> keep{};
    bool dry_run = false;
};

void add_db_backup(CLI::App& db, ExitCode& result);
ExitCode run_db_backup(const DbBackupOptions& options);

}  // namespace teal::cli
