#include "cli/files/tailed_file.hpp"

#include "cli/error.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace teal::cli {
namespace {

constexpr std::size_t kBlockBytes = 65536;
constexpr auto kFormerIsReadFor = std::chrono::minutes(1);

}  // namespace

TailedFile::Opened::Opened(const std::filesystem::path& file)
    : descriptor_(open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct stat now {};
    inode_ = descriptor_ >= 0 && fstat(descriptor_, &now) == 0 ? now.st_ino : 0;
}

TailedFile::Opened::~Opened() {
    if (descriptor_ >= 0) {
        close(descriptor_);
    }
}

TailedFile::Opened::Opened(Opened&& other) noexcept {
    *this = std::move(other);
}

TailedFile::Opened& TailedFile::Opened::operator=(Opened&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(inode_, other.inode_);
    std::swap(at_, other.at_);
    std::swap(unfinished_, other.unfinished_);
    return *this;
}

off_t TailedFile::Opened::size() const {
    struct stat now {};
    return descriptor_ >= 0 && fstat(descriptor_, &now) == 0 ? now.st_size : -1;
}

std::string TailedFile::Opened::block_before(off_t end) const {
    std::string block(static_cast<std::size_t>(std::min<off_t>(end, kBlockBytes)), '\0');
    const auto bytes = static_cast<ssize_t>(block.size());
    const ssize_t got = pread(descriptor_, block.data(), block.size(), end - bytes);
    return got == bytes ? block : "";
}

std::string TailedFile::Opened::whole_lines() {
    if (size() < at_) {
        at_ = 0;  // cut in place
        unfinished_.clear();
    }
    char buffer[kBlockBytes];
    ssize_t count = 0;
    while ((count = pread(descriptor_, buffer, sizeof(buffer), at_)) > 0) {
        unfinished_.append(buffer, static_cast<std::size_t>(count));
        at_ += count;
    }
    const std::size_t end = unfinished_.rfind('\n');
    if (end == std::string::npos) {
        return "";
    }
    std::string whole = unfinished_.substr(0, end + 1);
    unfinished_.erase(0, end + 1);
    return whole;
}

void TailedFile::begin(const std::function<bool(std::string_view)>& visit) {
    current_ = Opened(file_);
    off_t at = current_.size();
    const auto unreadable = [&] {
        return nothing_there(file_.string() + ": " + std::strerror(errno),
                             "name the log, and run as somebody who may read it");
    };
    if (at < 0) {
        throw unreadable();
    }
    std::string pending;  // begins in the middle of a line unless it begins with the file
    bool seen_end = false;
    while (at > 0) {
        const std::string block = current_.block_before(at);
        if (block.empty()) {
            throw unreadable();
        }
        const off_t end = at;
        at -= static_cast<off_t>(block.size());
        if (seen_end) {
            pending.insert(0, block);
        } else if (const std::size_t last = block.rfind('\n'); last != std::string::npos) {
            seen_end = true;
            current_.go_to(end - static_cast<off_t>(block.size() - last - 1));
            pending = block.substr(0, last);
        }
        for (std::size_t begin = pending.rfind('\n'); seen_end && begin != std::string::npos;
             begin = pending.rfind('\n')) {
            if (!visit(std::string_view(pending).substr(begin + 1))) {
                return;
            }
            pending.resize(begin);
        }
    }
    if (seen_end) {
        visit(pending);
    }
}

std::string TailedFile::read_new() {
    const auto now = std::chrono::steady_clock::now();
    if (former_.is_open() && now - rotated_ > kFormerIsReadFor) {
        former_ = Opened();
    }
    std::string text = former_.is_open() ? former_.whole_lines() : "";
    text += current_.is_open() ? current_.whole_lines() : "";
    struct stat named {};
    if (stat(file_.c_str(), &named) == 0 && named.st_ino != current_.inode()) {
        former_ = std::exchange(current_, Opened(file_));
        rotated_ = now;
        text += current_.is_open() ? current_.whole_lines() : "";
    }
    return text;
}

int watch_directory(const std::filesystem::path& directory) {
    const int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch < 0 ||
        inotify_add_watch(watch, directory.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0) {
        const std::string why = std::strerror(errno);
        if (watch >= 0) {
            close(watch);
        }
        throw failure(directory.string() + ": cannot be watched: " + why,
                      "without -f, the log is shown as it is now");
    }
    return watch;
}

}  // namespace teal::cli
