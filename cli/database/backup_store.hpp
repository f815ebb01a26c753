// Where the backups of a project are: a directory of its own for each, 0700, with 0600 files.
//
// A backup is written under a name that begins with ".unfinished-", synced to disk, and renamed
// once it is whole and was read back: whatever has another name is a backup. One command at a time
// writes here, by a lock that ends with its holder, so what is unfinished while the lock is ours
// was left behind.
#pragma once

#include "cli/database/manifest.hpp"
#include "cli/stack/progress.hpp"
#include "shared/table/writing/lock.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace teal::cli::database {

class BackupStore {
public:
    explicit BackupStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

    const std::filesystem::path& directory() const { return directory_; }
    std::filesystem::path path_of(const Manifest& manifest) const {
        return directory_ / manifest.id;
    }

    // Makes the directory, and removes what a command that was killed left, telling so. Throws
    // Error naming the holder when another command writes here.
    table::WriterLock lock(const std::string& holder, Progress& progress) const;

    // Sets the manifest's id, which nothing else has, and makes an empty directory for its files.
    // REQUIRES (this and what follows, but list and find): lock.
    std::filesystem::path begin(Manifest& manifest) const;
    // Writes manifest.json, syncs all of it to disk and gives it its name. Throws Error.
    void commit(const Manifest& manifest) const;
    void abandon(const Manifest& manifest) const noexcept;
    void remove(const Manifest& manifest) const;

    // Oldest first. Damaged ones are left out and told in `damaged`.
    std::vector<Manifest> list(std::vector<std::string>* damaged = nullptr) const;
    // By id, or the newest with this label. Throws Error (wrong input) with a suggestion.
    Manifest find(const std::string& word) const;

    // Reads all files and compares. `on_bytes`: how many were read, from time to time. Throws Error
    // naming the file that is missing, or is not what was written.
    static void verify(const std::filesystem::path& directory, const std::vector<BackupFile>& files,
                       const std::function<void(std::uint64_t)>& on_bytes);

private:
    std::filesystem::path unfinished(const Manifest& manifest) const;

    std::filesystem::path directory_;
};

// What goes when the newest `keep` backups of `newest`'s database are kept: never one that is in
// `needed` (by id). keep = 0: nothing goes.
std::vector<Manifest> beyond_limit(const std::vector<Manifest>& backups, const Manifest& newest,
                                   std::size_t keep, const std::vector<std::string>& needed);

}  // namespace teal::cli::database
