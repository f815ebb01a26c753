// One at a time in a directory: a flock(2) on the directory itself, so that nothing is left lying
// beside the user's files, and the kernel lets go of it when its holder dies.
#pragma once

#include <chrono>
#include <filesystem>

namespace teal::cli {

class DirectoryLock {
public:
    // Waits up to `patience`. Throws Error naming the directory.
    DirectoryLock(const std::filesystem::path& directory, std::chrono::milliseconds patience);
    ~DirectoryLock();
    DirectoryLock(const DirectoryLock&) = delete;
    DirectoryLock& operator=(const DirectoryLock&) = delete;

private:
    int descriptor_ = -1;
};

}  // namespace teal::cli
