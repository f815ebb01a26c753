// The migration files that a command line names, in the order in which they run.
#pragma once

#include "cli/migration/source_text.hpp"

#include <string>
#include <vector>

namespace teal::cli::migration {

struct MigrationFiles {
    std::vector<SourceText> sources{};
    std::size_t skipped_down_files = 0;  // *.down.sql, *_down.sql, U*__*.sql, down.sql
};

// Files as named; of a directory, its *.sql files and those of its directories, numbers in names
// compared as numbers. Throws Error (usage) naming what is missing, empty, unreadable or no text.
MigrationFiles read_migration_files(const std::vector<std::string>& paths);

// The paths of a directory's migrations in their order; may be none. Throws Error (usage) when the
// directory cannot be read.
std::vector<std::string> migration_paths(const std::string& directory,
                                         std::size_t& skipped_down_files);

// "V2__a.sql" before "V10__b.sql".
bool runs_before(const std::string& a, const std::string& b);

}  // namespace teal::cli::migration
