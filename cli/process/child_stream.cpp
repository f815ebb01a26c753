#include "cli/process/child_stream.hpp"

#include <unistd.h>
#include <algorithm>
#include <cerrno>

namespace teal::cli {

void ChildStream::tell_lines(const std::function<void(std::string_view)>& on_line, bool all) {
    if (!on_line) {
        return;
    }
    while (told < text.size()) {
        const std::size_t end = text.find('\n', told);
        if (end == std::string::npos && !all) {
            return;
        }
        const std::size_t stop = std::min(end, text.size());
        on_line(std::string_view(text).substr(told, stop - told));
        told = stop + 1;
    }
}

bool ChildStream::read_some(const std::function<void(std::string_view)>& on_bytes) {
    char buffer[1 << 16];
    const ssize_t count = ::read(descriptor.get(), buffer, sizeof(buffer));
    if (count > 0) {
        const std::string_view bytes(buffer, static_cast<std::size_t>(count));
        if (on_bytes) {
            on_bytes(bytes);
        } else {
            text.append(bytes);
        }
        return true;
    }
    return count < 0 && (errno == EINTR || errno == EAGAIN);
}

}  // namespace teal::cli
