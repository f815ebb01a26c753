#include "cli/files/durable_file.hpp"

#include "cli/error.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& file, const char* what, int error) {
    const char* next = error == ENOSPC || error == EDQUOT ? "free some space there"
                       : error == EACCES || error == EPERM || error == EROFS
                           ? "run as a user who may write there"
                           : "look what is in the way there";
    throw failure(file.string() + ": " + what + ": " + std::strerror(error), next);
}

// An open file that is closed, and removed unless it was kept.
class NewFile {
public:
    NewFile(fs::path path, mode_t mode) : path_(std::move(path)) {
        descriptor_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                           mode & 0777u);
    }
    ~NewFile() {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
        if (!kept_) {
            unlink(path_.c_str());
        }
    }
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    int descriptor() const { return descriptor_; }
    void keep() { kept_ = true; }

private:
    fs::path path_;
    int descriptor_ = -1;
    bool kept_ = false;
};

bool write_all(int descriptor, const std::string& text) {
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t count = write(descriptor, text.data() + done, text.size() - done);
        if (count < 0 && errno != EINTR) {
            return false;
        }
        done += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    return true;
}

void sync_directory(const fs::path& directory) {
    const fs::path path = directory.empty() ? fs::path(".") : directory;
    const int descriptor = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        fail(path, "cannot be opened", errno);
    }
    const int result = fsync(descriptor);
    const int error = errno;
    ::close(descriptor);
    if (result != 0) {
        fail(path, "cannot be made durable", error);
    }
}

// True when the descriptor's file belongs, or was given, to the owner and group of `like`.
bool give_to_owner_of(const struct stat& like, int descriptor) {
    struct stat now {};
    return fstat(descriptor, &now) == 0 &&
           ((now.st_uid == like.st_uid && now.st_gid == like.st_gid) ||
            fchown(descriptor, like.st_uid, like.st_gid) == 0);
}

enum class Sync { no, yes };

// `owner`: whose it becomes; nullptr: ours.
void replace_file(const fs::path& file, const std::string& text, mode_t mode, Sync sync,
                  const struct stat* owner = nullptr) {
    const fs::path beside = file.string() + ".new-" + std::to_string(getpid());
    NewFile made(beside, mode);
    if (made.descriptor() < 0) {
        fail(file, "cannot be written", errno);
    }
    if (owner != nullptr && !give_to_owner_of(*owner, made.descriptor())) {
        fail(file, "its owner cannot be kept", errno);
    }
    // Said again, because a umask may have taken bits; before the text, because it may be secret.
    if (fchmod(made.descriptor(), mode) != 0 || !write_all(made.descriptor(), text) ||
        (sync == Sync::yes && fsync(made.descriptor()) != 0) ||
        rename(beside.c_str(), file.c_str()) != 0) {
        fail(file, "cannot be written", errno);
    }
    made.keep();
    if (sync == Sync::yes) {
        sync_directory(file.parent_path());
    }
}

}  // namespace

void write_durably(const fs::path& file, const std::string& text, mode_t mode) {
    replace_file(file, text, mode, Sync::yes);
}

void write_atomically(const fs::path& file, const std::string& text, mode_t mode) {
    replace_file(file, text, mode, Sync::no);
}

void replace_durably(const fs::path& file, const std::string& text, mode_t mode_if_new) {
    std::error_code no_such_file;
    const fs::path real = fs::canonical(file, no_such_file);
    struct stat was {};
    if (no_such_file || stat(real.c_str(), &was) != 0) {
        replace_file(file, text, mode_if_new, Sync::yes);
    } else {
        replace_file(real, text, was.st_mode & 07777u, Sync::yes, &was);
    }
}

std::optional<std::string> read_if_exists(const fs::path& file) {
    const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return std::nullopt;
        }
        const int error = errno;
        throw failure(file.string() + ": cannot be read: " + std::strerror(error),
                      "run as a user who may read it");
    }
    std::string text;
    char buffer[65536];
    ssize_t count = 0;
    while ((count = read(descriptor, buffer, sizeof(buffer))) > 0 ||
           (count < 0 && errno == EINTR)) {
        text.append(buffer, count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    const int error = errno;
    ::close(descriptor);
    if (count < 0) {
        throw failure(file.string() + ": cannot be read: " + std::strerror(error),
                      "see whether it is a regular file");
    }
    return text;
}

std::string read_whole(const fs::path& file) {
    std::optional<std::string> text = read_if_exists(file);
    if (!text) {
        throw failure(file.string() + ": no such file", "see whether the path is right");
    }
    return std::move(*text);
}

void make_directory(const fs::path& directory, mode_t mode) {
    if (directory.empty() || fs::is_directory(directory)) {
        return;
    }
    make_directory(directory.parent_path(), mode);
    if (mkdir(directory.c_str(), mode) != 0 && errno != EEXIST) {
        fail(directory, "cannot be made", errno);
    }
    if (!fs::is_directory(directory)) {
        fail(directory, "is in the way", ENOTDIR);
    }
}

void rename_durably(const fs::path& from, const fs::path& to) {
    if (rename(from.c_str(), to.c_str()) != 0) {
        fail(to, "cannot be put in place", errno);
    }
    sync_directory(to.parent_path());
}

void remove_tree(const fs::path& path) {
    std::error_code error;
    fs::remove_all(path, error);
    if (error) {
        fail(path, "cannot be removed", error.value());
    }
}

std::string sha256_of(const std::string& text) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr) != 1) {
        throw failure("SHA-256 is not available", "see OpenSSL's configuration");
    }
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) {
        constexpr char kDigits[] = "0123456789abcdef";
        hex += kDigits[digest[i] >> 4u];
        hex += kDigits[digest[i] & 15u];
    }
    return hex;
}

}  // namespace teal::cli
