// The archive of a backup: written by the server's pg_dump, listed and restored by its pg_restore.
//
// One job: custom format, streamed from pg_dump through us into one file, and from it. Several
// jobs: pg_dump writes in parallel only what it may open itself, the directory format; that is
// written where the backup is kept, or in the container and fetched from there with tar. Restoring
// with several jobs in a container needs the archive there, too.
#pragma once

#include "cli/database/manifest.hpp"
#include "cli/database/server.hpp"
#include "cli/stack/progress.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace teal::cli::database {

struct ArchivePlace {
    std::filesystem::path directory{};  // of the backup
    bool directory_format = false;
    std::uint64_t database_bytes = 0;  // of what was backed up
};

// Members throw Error with the program's own words. `snapshot`: an exported one, or empty.
std::vector<BackupFile> dump(const Server& server, const ArchivePlace& archive, unsigned jobs,
                             const std::string& snapshot, Progress& progress);
// pg_restore reads its table of contents.
void list_archive(const Server& server, const ArchivePlace& archive, Progress& progress);
// Into an empty database. The first error ends it.
void restore_archive(const Server& server, const ArchivePlace& archive, const std::string& database,
                     unsigned jobs, Progress& progress);

}  // namespace teal::cli::database
