#include "cli/stack/procfile/log_view.hpp"

#include "cli/error.hpp"
#include "cli/stack/procfile/process_log.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <set>
#include <system_error>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;

std::size_t width_of(const std::vector<LogSource>& sources) {
    std::size_t width = 0;
    for (const LogSource& source : sources) {
        width = std::max(width, source.name.size());
    }
    return width;
}

std::string prefix_of(const LogSource& source, std::size_t width) {
    return source.name + std::string(width - source.name.size(), ' ') + " | ";
}

bool print_lines(const std::string& prefix, std::string_view text) {
    std::string all;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        all += prefix;
        all += text.substr(0, end);
        all += '\n';
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return std::fwrite(all.data(), 1, all.size(), stdout) == all.size() && std::fflush(stdout) == 0;
}

// One file that is being followed. It is the file of that name that counts, whichever it is by now.
class Following {
public:
    Following(const LogSource& source, std::string prefix)
        : file_(source.file), prefix_(std::move(prefix)) {}
    ~Following() { forget(); }
    Following(Following&& other) noexcept
        : file_(std::move(other.file_)),
          prefix_(std::move(other.prefix_)),
          descriptor_(std::exchange(other.descriptor_, -1)),
          inode_(other.inode_),
          at_(other.at_),
          unfinished_(std::move(other.unfinished_)) {}
    Following& operator=(Following&&) = delete;

    // Begins here: what is in the file now has been shown.
    bool begin(unsigned lines) {
        reopen();
        struct stat now {};
        at_ = descriptor_ >= 0 && fstat(descriptor_, &now) == 0 ? now.st_size : 0;
        return print_lines(prefix_, last_lines_of(file_, lines));
    }

    // False when standard output is gone.
    bool show_new() {
        std::string text = read_rest();
        struct stat named {};
        if (stat(file_.c_str(), &named) == 0 && named.st_ino != inode_) {
            reopen();
            text += read_rest();
        }
        unfinished_ += text;
        const std::size_t end = unfinished_.rfind('\n');
        if (end == std::string::npos) {
            return true;
        }
        const std::string whole = unfinished_.substr(0, end + 1);
        unfinished_.erase(0, end + 1);
        return print_lines(prefix_, whole);
    }

private:
    void forget() {
        if (descriptor_ >= 0) {
            close(descriptor_);
            descriptor_ = -1;
        }
    }

    void reopen() {
        forget();
        at_ = 0;
        descriptor_ = open(file_.c_str(), O_RDONLY | O_CLOEXEC);
        struct stat now {};
        inode_ = descriptor_ >= 0 && fstat(descriptor_, &now) == 0 ? now.st_ino : 0;
    }

    std::string read_rest() {
        std::string text;
        struct stat now {};
        if (descriptor_ < 0 || fstat(descriptor_, &now) != 0) {
            return text;
        }
        if (now.st_size < at_) {
            at_ = 0;  // cut in place
            unfinished_.clear();
        }
        char buffer[65536];
        ssize_t count = 0;
        while ((count = pread(descriptor_, buffer, sizeof(buffer), at_)) > 0) {
            text.append(buffer, static_cast<std::size_t>(count));
            at_ += count;
        }
        return text;
    }

    fs::path file_;
    std::string prefix_;
    int descriptor_ = -1;
    ino_t inode_ = 0;
    off_t at_ = 0;
    std::string unfinished_;
};

int watch_directories(const std::vector<LogSource>& sources) {
    const int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    std::set<fs::path> directories;
    for (const LogSource& source : sources) {
        directories.insert(source.file.parent_path());
    }
    for (const fs::path& directory : directories) {
        std::error_code ignored;
        fs::create_directories(directory, ignored);
        if (watch < 0 ||
            inotify_add_watch(watch, directory.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0) {
            throw failure(directory.string() + ": cannot be watched: " + std::strerror(errno),
                          "without -f, the logs are shown as they are now");
        }
    }
    return watch;
}

}  // namespace

void print_last_lines(const std::vector<LogSource>& sources, unsigned lines) {
    const std::size_t width = width_of(sources);
    for (const LogSource& source : sources) {
        print_lines(prefix_of(source, width), last_lines_of(source.file, lines));
    }
}

int follow_logs(const std::vector<LogSource>& sources, unsigned lines) {
    // Watched first, so that nothing falls between the first look and the first event.
    const int watch = watch_directories(sources);
    const std::size_t width = width_of(sources);
    std::vector<Following> all;
    bool heard = true;
    for (const LogSource& source : sources) {
        all.emplace_back(source, prefix_of(source, width));
        heard = all.back().begin(lines) && heard;
    }
    while (heard) {
        pollfd waits[] = {{watch, POLLIN, 0}, {STDOUT_FILENO, 0, 0}};
        poll(waits, 2, -1);
        char events[4096];
        while (read(watch, events, sizeof(events)) > 0) {
        }
        for (Following& one : all) {
            heard = one.show_new() && heard;
        }
        heard = heard && (waits[1].revents & (POLLERR | POLLHUP)) == 0;
    }
    close(watch);
    return 0;
}

}  // namespace teal::cli
