// A log file that is followed by its name: rotated (another file of that name), or cut in place,
// reading goes on with what is there then. Who writes it is told of a rotation a moment later, so
// the file that was rotated away is read for another minute.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace teal::cli {

class TailedFile {
public:
    explicit TailedFile(std::filesystem::path file) : file_(std::move(file)) {}

    // Opens it and calls `visit` for its whole lines from the last one backwards, without their
    // ends, until it returns false; reads no more than that takes. What is in the file now counts
    // as read, except a last line that is not finished. Throws Error when it cannot be read.
    void begin(const std::function<bool(std::string_view)>& visit);
    // Whole lines that were added since, each with its end. What a writer has not finished waits.
    std::string read_new();

private:
    // One file, whatever its name is by now.
    class Opened {
    public:
        Opened() = default;
        explicit Opened(const std::filesystem::path& file);
        ~Opened();
        Opened(Opened&& other) noexcept;
        Opened& operator=(Opened&& other) noexcept;

        ino_t inode() const { return inode_; }
        bool is_open() const { return descriptor_ >= 0; }
        off_t size() const;
        std::string block_before(off_t end) const;
        void go_to(off_t at) { at_ = at; }
        std::string whole_lines();

    private:
        int descriptor_ = -1;
        ino_t inode_ = 0;
        off_t at_ = 0;
        std::string unfinished_;
    };

    std::filesystem::path file_;
    Opened current_;
    Opened former_;
    std::chrono::steady_clock::time_point rotated_;
};

// An inotify descriptor that becomes readable when something happens to a file in the directory.
// Throws Error. The caller closes it.
int watch_directory(const std::filesystem::path& directory);

}  // namespace teal::cli
