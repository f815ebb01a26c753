// Taking a backup, from nothing to a directory that is one.
//
// dump -> read back (checksums again, pg_restore --list) -> with `verify`: restored into a scratch
// database, whose rows are counted and compared with what the backup's snapshot saw -> named.
#pragma once

#include "cli/database/backup_store.hpp"
#include "cli/database/server.hpp"

#include <string>
#include <vector>

namespace teal::cli::database {

inline constexpr char kDefaultLabel[] = "backup";
inline constexpr unsigned kMostJobs = 64;

struct BackupRequest {
    std::string label = kDefaultLabel;
    unsigned jobs = 1;
    bool verify = false;
    std::size_t keep = 0;               // of this database's backups, the newest; 0: all
    std::vector<std::string> needed{};  // ids of those that are never removed
    std::string holder = "teal db backup";
};

// Throws Error; nothing is left then that claims to be a backup.
Manifest take_backup(const Server& server, const BackupStore& store, const BackupRequest& request,
                     Progress& progress);

}  // namespace teal::cli::database
