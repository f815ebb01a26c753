#include "shared/table/writing/lock.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

namespace teal::table {
namespace {

constexpr auto kRetryEvery = std::chrono::milliseconds(1);

std::string holder_text(int descriptor) {
    char text[256] = {};
    const ssize_t got = pread(descriptor, text, sizeof(text) - 1, 0);
    return got > 0 ? std::string(text, static_cast<std::size_t>(got)) : "another process";
}

}  // namespace

WriterLock::WriterLock(WriterLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

WriterLock::~WriterLock() {
    if (descriptor_ >= 0) {
        // Best effort: an old name in the file misleads nobody, it is only read while locked.
        (void)!ftruncate(descriptor_, 0);
        close(descriptor_);
    }
}

std::string WriterLock::acquire(const std::string& lock_path, std::chrono::milliseconds patience,
                                const std::string& holder) {
    const int descriptor = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (descriptor < 0) {
        return lock_path + ": " + std::strerror(errno);
    }
    const auto give_up = std::chrono::steady_clock::now() + patience;
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    while (fcntl(descriptor, F_OFD_SETLK, &whole) != 0) {
        const bool busy = errno == EAGAIN || errno == EACCES;
        if (!busy || std::chrono::steady_clock::now() >= give_up) {
            std::string reason = busy ? "held by " + holder_text(descriptor) : std::strerror(errno);
            close(descriptor);
            return lock_path + ": " + reason;
        }
        std::this_thread::sleep_for(kRetryEvery);
    }
    const std::string text = "pid " + std::to_string(getpid()) + ", " + holder;
    // Best effort: the lock holds without its holder's name.
    (void)!ftruncate(descriptor, 0);
    (void)!pwrite(descriptor, text.data(), text.size(), 0);
    descriptor_ = descriptor;
    return {};
}

std::string lock_holder(const std::string& lock_path) {
    const int descriptor = open(lock_path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) {
        return {};
    }
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    const bool held = fcntl(descriptor, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
    std::string holder = held ? holder_text(descriptor) : std::string();
    close(descriptor);
    return holder;
}

}  // namespace teal::table
