#include "shared/mapping/file_mapping.hpp"

#include "shared/mapping/bus_guard.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>

namespace teal {

FileMapping::FileMapping(FileMapping&& other) noexcept {
    take(other);
}

FileMapping& FileMapping::operator=(FileMapping&& other) noexcept {
    if (this != &other) {
        close();
        take(other);
    }
    return *this;
}

FileMapping::~FileMapping() {
    close();
}

void FileMapping::take(FileMapping& other) noexcept {
    bytes_ = other.bytes_;
    size_ = other.size_;
    descriptor_ = other.descriptor_;
    guard_ticket_ = other.guard_ticket_;
    owner_ = other.owner_;
    mode_ = other.mode_;
    device_ = other.device_;
    inode_ = other.inode_;
    other.bytes_ = nullptr;
    other.size_ = 0;
    other.descriptor_ = -1;
    other.guard_ticket_ = -1;
}

int FileMapping::open(const char* path, Access access, std::size_t least_bytes) {
    close();
    const bool writable = access == Access::read_write;
    const int descriptor =
        ::open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (descriptor < 0) {
        return errno;
    }
    struct stat status {};
    if (fstat(descriptor, &status) != 0) {
        const int error = errno;
        ::close(descriptor);
        return error;
    }
    if (!S_ISREG(status.st_mode) || static_cast<std::size_t>(status.st_size) < least_bytes) {
        ::close(descriptor);
        return EINVAL;
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    void* bytes = mmap(nullptr, size, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED,
                       descriptor, 0);
    if (bytes == MAP_FAILED) {
        const int error = errno;
        ::close(descriptor);
        return error;
    }
    install_bus_guard();
    bytes_ = static_cast<std::byte*>(bytes);
    size_ = size;
    descriptor_ = descriptor;
    guard_ticket_ = guard_range(bytes, size, writable);
    owner_ = status.st_uid;
    mode_ = status.st_mode & 07777;
    device_ = status.st_dev;
    inode_ = status.st_ino;
    return 0;
}

void FileMapping::close() {
    if (bytes_ != nullptr) {
        release_range(guard_ticket_);
        munmap(bytes_, size_);
        ::close(descriptor_);
    }
    bytes_ = nullptr;
    size_ = 0;
    descriptor_ = -1;
    guard_ticket_ = -1;
}

bool FileMapping::lost() const {
    return range_lost(guard_ticket_);
}

bool FileMapping::is_current(const char* path) const {
    struct stat status {};
    return is_open() && !lost() && stat(path, &status) == 0 && status.st_dev == device_ &&
           status.st_ino == inode_ && static_cast<std::size_t>(status.st_size) >= size_;
}

}  // namespace teal
