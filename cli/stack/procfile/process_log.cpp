#include "cli/stack/procfile/process_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <system_error>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kMode = 0640;
constexpr std::size_t kPiece = 64u << 10;

fs::path older(const fs::path& file) {
    return file.string() + ".1";
}

bool copy_all(int from, int to) {
    char buffer[kPiece];
    ssize_t count = 0;
    while ((count = read(from, buffer, sizeof(buffer))) > 0) {
        for (ssize_t done = 0; done < count;) {
            const ssize_t written =
                write(to, buffer + done, static_cast<std::size_t>(count - done));
            if (written < 0) {
                return false;
            }
            done += written;
        }
    }
    return count == 0;
}

std::string last_of(const std::string& text, unsigned lines) {
    // The newline at the very end closes the last line; it begins none.
    std::size_t begin = text.size() - (text.ends_with('\n') ? 1 : 0);
    for (unsigned i = 0; i < lines; ++i) {
        const std::size_t newline = begin == 0 ? std::string::npos : text.rfind('\n', begin - 1);
        if (newline == std::string::npos) {
            return text;
        }
        begin = newline;
    }
    return lines == 0 ? std::string() : text.substr(begin + 1);
}

// The end of the file, as much as holds `lines` newlines, and no more.
std::string tail_of(const fs::path& file, unsigned lines) {
    const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return {};
    }
    std::string text;
    off_t at = lseek(descriptor, 0, SEEK_END);
    std::size_t found = 0;
    while (at > 0 && found <= lines) {
        const auto piece = static_cast<std::size_t>(std::min<off_t>(at, kPiece));
        at -= static_cast<off_t>(piece);
        std::string buffer(piece, '\0');
        const ssize_t count = pread(descriptor, buffer.data(), piece, at);
        if (count <= 0) {
            break;
        }
        buffer.resize(static_cast<std::size_t>(count));
        found += static_cast<std::size_t>(std::count(buffer.begin(), buffer.end(), '\n'));
        text.insert(0, buffer);
    }
    close(descriptor);
    return last_of(text, lines);
}

}  // namespace

int open_process_log(const fs::path& file) {
    std::error_code ignored;
    fs::create_directories(file.parent_path(), ignored);
    return open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kMode);
}

void bound_process_log(const fs::path& file, std::uintmax_t most) {
    std::error_code error;
    if (fs::file_size(file, error) <= most || error) {
        return;
    }
    const int from = open(file.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    const fs::path beside = file.string() + ".new";
    const int to =
        open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kMode);
    if (from >= 0 && to >= 0) {
        // On a full disk the older lines are given up: the bound is what must hold.
        const bool copied = copy_all(from, to) && rename(beside.c_str(), older(file).c_str()) == 0;
        (void)!ftruncate(from, 0);
        if (!copied) {
            unlink(beside.c_str());
        }
    }
    close(from);
    close(to);
}

void log_remark(const fs::path& file, const std::string& text) {
    const int descriptor = open_process_log(file);
    if (descriptor >= 0) {
        const std::string line = "teal: " + text + "\n";
        (void)!write(descriptor, line.data(), line.size());
        close(descriptor);
    }
}

std::string last_lines_of(const fs::path& file, unsigned lines) {
    std::string text = tail_of(file, lines);
    const auto count = static_cast<unsigned>(std::count(text.begin(), text.end(), '\n'));
    return count < lines ? tail_of(older(file), lines - count) + text : text;
}

}  // namespace teal::cli
