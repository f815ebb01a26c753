#include "cli/stack/compose/log_relay.hpp"

#include <poll.h>
#include <unistd.h>
#include <cerrno>
#include <string_view>

namespace teal::cli::compose {
namespace {

struct Source {
    int descriptor;
    std::string unfinished{};  // the begin of a line
};

bool print_all(std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
        if (written < 0 && errno != EINTR) {
            return false;
        }
        text.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
    return true;
}

// False when standard output is gone. Closes the source at its end.
bool pass_on(Source& source) {
    char buffer[65536];
    const ssize_t count = read(source.descriptor, buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) {
        return true;
    }
    std::string& text = source.unfinished;
    if (count <= 0) {
        close(source.descriptor);
        source.descriptor = -1;
        text += text.empty() ? "" : "\n";
    } else {
        text.append(buffer, static_cast<std::size_t>(count));
    }
    const std::size_t end = text.rfind('\n');
    if (end == std::string::npos) {
        return true;
    }
    const bool heard = print_all(without_erasing(text.substr(0, end + 1)));
    text.erase(0, end + 1);
    return heard;
}

}  // namespace

void relay_lines(std::vector<int> descriptors) {
    std::vector<Source> sources;
    for (const int descriptor : descriptors) {
        sources.push_back({descriptor});
    }
    bool heard = true;
    for (std::size_t open = sources.size(); heard && open > 0;) {
        std::vector<pollfd> waits;
        for (const Source& source : sources) {
            waits.push_back({source.descriptor, POLLIN, 0});  // poll leaves out what is -1
        }
        if (poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) {
            break;
        }
        for (std::size_t i = 0; heard && i < sources.size(); ++i) {
            if (waits[i].revents != 0) {
                heard = pass_on(sources[i]);
                open -= sources[i].descriptor < 0 ? 1u : 0u;
            }
        }
    }
    for (const Source& source : sources) {
        if (source.descriptor >= 0) {
            close(source.descriptor);
        }
    }
}

std::string without_erasing(std::string text) {
    constexpr std::string_view kEraseLine = "\033[2K";
    for (std::size_t at = 0; (at = text.find(kEraseLine, at)) != std::string::npos;) {
        text.erase(at, kEraseLine.size());
    }
    return text;
}

}  // namespace teal::cli::compose
