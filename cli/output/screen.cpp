#include "cli/output/screen.hpp"

#include "cli/error.hpp"

#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace teal::cli {
namespace {

// write(2), without stdio's buffer: output appears when it is made, and errors are seen.
bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

void print(std::string_view text) {
    if (!write_all(STDOUT_FILENO, text)) {
        throw failure(std::string("standard output: ") + std::strerror(errno),
                      "what the command changed, if anything, stands: teal traffic show");
    }
}

void print_line(std::string_view text) {
    print(std::string(text) + "\n");
}

void warn(std::string_view text) {
    (void)write_all(STDERR_FILENO, "teal: warning: " + std::string(text) + "\n");
}

bool is_terminal() {
    return isatty(STDOUT_FILENO) == 1;
}

bool has_colour() {
    const char* term = std::getenv("TERM");
    const char* no_colour = std::getenv("NO_COLOR");
    return is_terminal() && (no_colour == nullptr || *no_colour == '\0') && term != nullptr &&
           std::strcmp(term, "dumb") != 0;
}

std::string coloured(std::string_view text, Colour colour) {
    static const bool enabled = has_colour();
    if (!enabled) {
        return std::string(text);
    }
    constexpr const char* kCodes[] = {"31", "33", "32", "1", "2"};
    return std::string("\033[") + kCodes[static_cast<unsigned>(colour)] + "m" + std::string(text) +
           "\033[0m";
}

std::size_t width_of(std::string_view text) {
    std::size_t width = 0;
    bool escape = false;
    for (const char c : text) {
        if (c == '\033') {
            escape = true;
        } else if (escape) {
            escape = c != 'm';
        } else if ((static_cast<unsigned char>(c) & 0xc0u) != 0x80u) {
            ++width;
        }
    }
    return width;
}

}  // namespace teal::cli
