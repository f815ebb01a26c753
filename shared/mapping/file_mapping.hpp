// A file of ours, opened and mapped shared: the one way in which table and counters are reached.
#pragma once

#include <sys/types.h>
#include <cstddef>
#include <cstdint>

namespace teal {

enum class Access { read_only, read_write };

// Owns the mapping and the descriptor; movable. Not thread safe.
class FileMapping {
public:
    FileMapping() = default;
    FileMapping(FileMapping&& other) noexcept;
    FileMapping& operator=(FileMapping&& other) noexcept;
    FileMapping(const FileMapping&) = delete;
    FileMapping& operator=(const FileMapping&) = delete;
    ~FileMapping();

    // Maps all of a regular file, guarded against SIGBUS. Returns 0, or the errno that says why
    // not: EINVAL for something that is no regular file or shorter than `least_bytes`.
    int open(const char* path, Access access, std::size_t least_bytes);
    void close();

    bool is_open() const { return bytes_ != nullptr; }
    std::byte* bytes() const { return bytes_; }
    std::size_t size() const { return size_; }
    int descriptor() const { return descriptor_; }
    // A page under the mapping went away (file truncated, memory full) and reads as zeros.
    bool lost() const;
    // True while `path` still names the mapped file, not a replacement, and nothing cut it short.
    bool is_current(const char* path) const;

    std::uint32_t owner() const { return owner_; }
    std::uint32_t mode() const { return mode_; }

private:
    void take(FileMapping& other) noexcept;

    std::byte* bytes_ = nullptr;
    std::size_t size_ = 0;
    int descriptor_ = -1;
    int guard_ticket_ = -1;
    std::uint32_t owner_ = 0;
    std::uint32_t mode_ = 0;
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

}  // namespace teal
