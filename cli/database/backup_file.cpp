#include "cli/database/backup_file.hpp"

#include "cli/error.hpp"
#include "cli/output/quantities.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace teal::cli::database {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlock = 1 << 18;

Error cannot(const fs::path& path, const std::string& what, int error) {
    return failure(path.string() + ": " + what + ": " + std::strerror(error),
                   error == ENOSPC || error == EDQUOT
                       ? "free some space there, or put the backups elsewhere: [database] backups "
                         "in teal.toml, or BACKUP_DIR"
                       : "see whether the backups' directory may be written and read");
}

class OpenFile {
public:
    OpenFile(const fs::path& path, int flags)
        : path_(path), descriptor_(open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW)) {
        if (descriptor_ < 0) {
            throw cannot(path_, "cannot be opened", errno);
        }
    }
    ~OpenFile() { ::close(descriptor_); }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    int get() const { return descriptor_; }

    void sync(mode_t mode) const {
        if (fchmod(descriptor_, mode) != 0 || fsync(descriptor_) != 0) {
            throw cannot(path_, "cannot be made durable", errno);
        }
    }

private:
    const fs::path& path_;
    int descriptor_;
};

}  // namespace

NewBackupFile::NewBackupFile(const fs::path& directory, std::string name)
    : path_(directory / name),
      name_(std::move(name)),
      descriptor_(open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) {
    if (descriptor_ < 0) {
        throw cannot(path_, "cannot be written", errno);
    }
}

NewBackupFile::~NewBackupFile() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

void NewBackupFile::write(std::string_view bytes) {
    sum_.add(bytes);
    while (!bytes.empty()) {
        const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR) {
            throw cannot(path_, "cannot be written after " + bytes_text(bytes_), errno);
        }
        const auto written = static_cast<std::size_t>(std::max<ssize_t>(count, 0));
        bytes_ += written;
        bytes.remove_prefix(written);
    }
}

BackupFile NewBackupFile::finish() {
    if (fsync(descriptor_) != 0) {
        throw cannot(path_, "cannot be made durable", errno);
    }
    return {name_, bytes_, sum_.hex()};
}

BackupFile digest_of(const fs::path& directory, const std::string& name,
                     const std::function<void(std::uint64_t)>& on_bytes) {
    const fs::path path = directory / name;
    const OpenFile file(path, O_RDONLY);
    Sha256 sum;
    BackupFile digest{name, 0, ""};
    std::vector<char> block(kBlock);
    while (true) {
        const ssize_t count = read(file.get(), block.data(), block.size());
        if (count < 0 && errno != EINTR) {
            throw cannot(path, "cannot be read", errno);
        }
        if (count == 0) {
            break;
        }
        if (count > 0) {
            sum.add({block.data(), static_cast<std::size_t>(count)});
            digest.bytes += static_cast<std::uint64_t>(count);
        }
        if (on_bytes) {
            on_bytes(digest.bytes);
        }
    }
    digest.sha256 = sum.hex();
    return digest;
}

std::vector<BackupFile> digests_below(const fs::path& directory, const std::string& subdirectory) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory / subdirectory)) {
        names.push_back(subdirectory + "/" + entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    std::vector<BackupFile> files;
    files.reserve(names.size());
    for (const std::string& name : names) {
        files.push_back(digest_of(directory, name));
    }
    return files;
}

void sync_tree(const fs::path& directory) {
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
        const bool is_directory = entry.is_directory() && !entry.is_symlink();
        OpenFile(entry.path(), O_RDONLY).sync(is_directory ? 0700 : 0600);
    }
    OpenFile(directory, O_RDONLY | O_DIRECTORY).sync(0700);
}

std::uint64_t bytes_below(const fs::path& directory) {
    std::uint64_t sum = 0;
    std::error_code error;
    for (fs::recursive_directory_iterator at(directory, error), end; !error && at != end;
         at.increment(error)) {
        std::error_code gone;
        const std::uintmax_t size = at->file_size(gone);
        sum += gone ? 0 : size;
    }
    return sum;
}

}  // namespace teal::cli::database
