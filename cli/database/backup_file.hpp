// The files of a backup: written as they come, with their checksum; read again; made durable.
#pragma once

#include "cli/database/manifest.hpp"
#include "cli/files/sha256.hpp"

#include <filesystem>
#include <functional>
#include <string_view>

namespace teal::cli::database {

// A new file, 0600, that nothing else had the name of.
class NewBackupFile {
public:
    // Throws Error.
    NewBackupFile(const std::filesystem::path& directory, std::string name);
    ~NewBackupFile();
    NewBackupFile(const NewBackupFile&) = delete;
    NewBackupFile& operator=(const NewBackupFile&) = delete;

    // Throws Error naming the file, how much was written, and what to do (a full disk).
    void write(std::string_view bytes);
    std::uint64_t bytes() const { return bytes_; }
    // It is on disk then. Once, at the end. Throws Error.
    BackupFile finish();

private:
    std::filesystem::path path_;
    std::string name_;
    int descriptor_ = -1;
    std::uint64_t bytes_ = 0;
    Sha256 sum_{};
};

// Length and SHA-256 of what is there. Throws Error when it cannot be read.
BackupFile digest_of(const std::filesystem::path& directory, const std::string& name,
                     const std::function<void(std::uint64_t)>& on_bytes = {});
// Every file below the directory, in the order of names. Throws Error.
std::vector<BackupFile> digests_below(const std::filesystem::path& directory,
                                      const std::string& subdirectory);

// 0600 and 0700 for everything below, and all of it on disk. Throws Error.
void sync_tree(const std::filesystem::path& directory);
// What the files below the directory have in them by now.
std::uint64_t bytes_below(const std::filesystem::path& directory);

}  // namespace teal::cli::database
