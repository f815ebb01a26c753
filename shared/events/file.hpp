// The events file, opened by somebody who trusts nobody with it: a link, a pipe, a directory or a
// file of any size at its place costs an answer without events, never a wait or a crash.
#pragma once

#include "shared/events/line.hpp"

#include <sys/stat.h>
#include <cstddef>

namespace teal::events {

enum class Opened { ok, missing, not_a_file, too_large, failed };
const char* opened_text(Opened opened);

class EventFile {
public:
    EventFile() = default;
    ~EventFile();
    EventFile(const EventFile&) = delete;
    EventFile& operator=(const EventFile&) = delete;

    // Sets errno's value in `error` for `failed`.
    Opened open(const char* path, int* error);
    // The same text has the same inode, time and size, for all that is ever written here.
    const struct stat& status() const { return status_; }
    std::size_t bytes() const { return static_cast<std::size_t>(status_.st_size); }
    // Bytes read into `to`, which has room for bytes(): fewer when the file was cut meanwhile.
    // REQUIRES: open() said ok.
    std::size_t read(char* to) const;

private:
    int descriptor_ = -1;
    struct stat status_ {};
};

}  // namespace teal::events
