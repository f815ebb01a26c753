// Bringing a backup back.
//
// It is restored into a new database, which takes the name of the old one when it is complete: a
// restore that fails or is killed leaves the old one serving. Owners, rights and extensions are
// restored as pg_restore does: a role that is missing is an error, not left out.
#pragma once

#include "cli/database/backup_store.hpp"
#include "cli/database/server.hpp"

#include <string>

namespace teal::cli::database {

struct RestoreRequest {
    Manifest backup{};
    std::string into{};  // a new database; empty: the place of the one that was backed up
    unsigned jobs = 1;
    bool analyze = true;  // what is put in another's place has statistics at once
};

struct RestoreOutcome {
    std::string database{};
    std::string kept_as{};  // the one that served; empty: nothing was replaced
    double seconds = 0;
};

// What it would do; changes nothing. Throws Error (wrong input) when it cannot be done.
RestoreOutcome plan_restore(const Server& server, const RestoreRequest& request);
// Throws Error; the databases are as they were then.
RestoreOutcome restore_backup(const Server& server, const BackupStore& store,
                              const RestoreRequest& request, Progress& progress);

}  // namespace teal::cli::database
