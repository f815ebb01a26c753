#include "shared/events/file.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>

namespace teal::events {

const char* opened_text(Opened opened) {
    switch (opened) {
        case Opened::ok:
            return "ok";
        case Opened::missing:
            return "missing";
        case Opened::not_a_file:
            return "not a regular file";
        case Opened::too_large:
            return "too large";
        default:
            return "unreadable";
    }
}

EventFile::~EventFile() {
    if (descriptor_ >= 0) {
        close(descriptor_);
    }
}

Opened EventFile::open(const char* path, int* error) {
    // O_NONBLOCK: a pipe would wait for its writer.
    descriptor_ = ::open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
    if (descriptor_ < 0) {
        *error = errno;
        return *error == ENOENT || *error == ENOTDIR ? Opened::missing
               : *error == ELOOP || *error == ENXIO  ? Opened::not_a_file
                                                     : Opened::failed;
    }
    if (fstat(descriptor_, &status_) != 0) {
        *error = errno;
        return Opened::failed;
    }
    if (!S_ISREG(status_.st_mode)) {
        return Opened::not_a_file;
    }
    return bytes() > kMostFileBytes ? Opened::too_large : Opened::ok;
}

std::size_t EventFile::read(char* to) const {
    std::size_t done = 0;
    while (done < bytes()) {
        const ssize_t got = pread(descriptor_, to + done, bytes() - done, static_cast<off_t>(done));
        if (got > 0) {
            done += static_cast<std::size_t>(got);
        } else if (got == 0 || errno != EINTR) {
            break;
        }
    }
    return done;
}

}  // namespace teal::events
