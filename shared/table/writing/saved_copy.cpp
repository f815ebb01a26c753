#include "shared/table/writing/saved_copy.hpp"

#include "shared/table/paths.hpp"
#include "shared/table/writing/publisher.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace teal::table {
namespace {

bool write_all(int descriptor, const void* bytes, std::size_t count, off_t at) {
    const auto* next = static_cast<const char*>(bytes);
    while (count > 0) {
        const ssize_t written = pwrite(descriptor, next, count, at);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        next += written;
        at += written;
        count -= static_cast<std::size_t>(written);
    }
    return true;
}

}  // namespace

SavedCopy::SavedCopy(std::string path, const Header& header, std::uint64_t generation,
                     const std::vector<std::uint64_t>& buffer)
    : path_(std::move(path)), temporary_(path_ + ".new") {
    std::error_code ignored;  // the open below reports a directory that could not be made
    const std::filesystem::path directory = std::filesystem::path(path_).parent_path();
    if (!directory.empty()) {
        std::filesystem::create_directories(directory, ignored);
    }
    descriptor_ =
        open(temporary_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (descriptor_ < 0) {
        throw PublishError(temporary_ + ": " + std::strerror(errno));
    }
    Header saved{};
    std::memcpy(&saved, &header, sizeof(saved));
    saved.published = seal(generation);
    saved.bell = 0;
    const bool written = ftruncate(descriptor_, static_cast<off_t>(header.file_bytes)) == 0 &&
                         write_all(descriptor_, &saved, sizeof(saved), 0) &&
                         write_all(descriptor_, buffer.data(), buffer.size() * 8,
                                   static_cast<off_t>(header.buffer_offset[generation & 1]));
    if (!written) {
        const int error = errno;
        close(descriptor_);
        unlink(temporary_.c_str());
        throw PublishError(temporary_ + ": " + std::strerror(error));
    }
}

SavedCopy::~SavedCopy() {
    close(descriptor_);
    if (!in_place_) {
        unlink(temporary_.c_str());
    }
}

std::string SavedCopy::put_in_place() {
    // Synced before the rename: a power failure never leaves the name with half a file.
    if (fdatasync(descriptor_) != 0) {
        return temporary_ + ": " + std::strerror(errno);
    }
    if (rename(temporary_.c_str(), path_.c_str()) != 0) {
        return path_ + ": " + std::strerror(errno);
    }
    in_place_ = true;
    const std::string directory = path_.substr(0, directory_bytes(path_.c_str()));
    const int descriptor =
        open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0 || fsync(descriptor) != 0) {
        const int error = errno;
        if (descriptor >= 0) {
            close(descriptor);
        }
        return directory + ": " + std::strerror(error);
    }
    close(descriptor);
    return {};
}

}  // namespace teal::table
