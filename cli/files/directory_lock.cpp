#include "cli/files/directory_lock.hpp"

#include "cli/error.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <thread>

namespace teal::cli {

DirectoryLock::DirectoryLock(const std::filesystem::path& directory,
                             std::chrono::milliseconds patience) {
    constexpr auto kPause = std::chrono::milliseconds(5);
    const auto give_up = std::chrono::steady_clock::now() + patience;
    const std::filesystem::path path = directory.empty() ? "." : directory;
    descriptor_ = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor_ < 0) {
        throw failure(path.string() + ": cannot be opened: " + std::strerror(errno),
                      "see whether the path is right, and run as a user who may read it");
    }
    while (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        const int error = errno;
        if (error != EWOULDBLOCK && error != EINTR) {
            close(descriptor_);
            throw failure(path.string() + ": cannot be locked: " + std::strerror(error),
                          "see what kind of file system it is on");
        }
        if (std::chrono::steady_clock::now() >= give_up) {
            close(descriptor_);
            throw failure(path.string() + ": another command is changing a file there",
                          "try again; `lsof " + path.string() + "` shows who holds it");
        }
        std::this_thread::sleep_for(kPause);
    }
}

DirectoryLock::~DirectoryLock() {
    close(descriptor_);
}

}  // namespace teal::cli
