#include "cli/traffic/sticky_secret.hpp"

#include "cli/error.hpp"
#include "shared/sticky/secret_line.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <string_view>

namespace teal::cli {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kMostFileBytes = 4096;  // as nginx reads
constexpr std::size_t kMostSigners = 2;

void fill_randomly(void* bytes, std::size_t count) {
    if (getrandom(bytes, count, 0) != static_cast<ssize_t>(count)) {
        throw failure(std::string("the kernel gives no random numbers: ") + std::strerror(errno),
                      "getrandom(2) must be allowed");
    }
}

std::string new_secret_line() {
    unsigned char bytes[kSecretBytes];
    fill_randomly(bytes, sizeof(bytes));
    std::string line;
    for (const unsigned char byte : bytes) {
        line += "0123456789abcdef"[byte >> 4];
        line += "0123456789abcdef"[byte & 15];
    }
    return line + "\n";
}

// The successor under its final content and mode, then link(2): whoever finds the name finds a
// whole secret, and one that another process made meanwhile stays.
int write_new_file(const std::string& path, const std::string& text) {
    const std::string temporary = path + ".new." + std::to_string(getpid());
    const int file =
        open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        return errno;
    }
    const bool made = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                      fchmod(file, 0600) == 0 && fsync(file) == 0 &&
                      link(temporary.c_str(), path.c_str()) == 0;
    const int error = made ? 0 : errno;
    close(file);
    unlink(temporary.c_str());
    return error;
}

// As nginx takes them: see shared/sticky/secret_line.hpp.
void add_signers(std::string_view text, SecretFile& secrets) {
    while (!text.empty() && secrets.signers.size() < kMostSigners) {
        const std::size_t end = text.find('\n');
        const sticky::SecretLine line = sticky::parse_secret_line(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (!line.well_formed) {
            secrets.problem = "says \"expires\" without a date such as 2027-01-31";
            return;
        }
        if (line.secret.empty()) {
            continue;
        }
        if (line.has_expired(static_cast<std::uint64_t>(std::time(nullptr)))) {
            if (secrets.signers.empty()) {
                secrets.problem = "has expired, write a new secret above it";
                return;
            }
            continue;
        }
        secrets.shortest_bytes = secrets.signers.empty()
                                     ? line.secret.size()
                                     : std::min(secrets.shortest_bytes, line.secret.size());
        secrets.signers.emplace_back().set_secret(line.secret);
    }
    if (secrets.signers.empty()) {
        secrets.problem = "holds no secret";
    }
}

}  // namespace

bool make_secret_if_absent(const std::string& path) {
    if (access(path.c_str(), F_OK) == 0) {
        return false;
    }
    const int error = write_new_file(path, new_secret_line());
    if (error != 0 && error != EEXIST) {
        throw failure("the sticky secret " + path + " could not be made: " + std::strerror(error),
                      "run as a user who may write there");
    }
    return error == 0;
}

SecretFile read_secret_file(const std::string& path) {
    SecretFile secrets;
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        secrets.problem = path + ": " + std::strerror(errno);
        return secrets;
    }
    struct stat status {};
    char text[kMostFileBytes];
    const ssize_t got = read(file, text, sizeof(text));
    const int error = errno;
    if (fstat(file, &status) == 0) {
        secrets.mode = status.st_mode & 07777;
    }
    close(file);
    if (got < 0) {
        secrets.problem = path + ": " + std::strerror(error);
        return secrets;
    }
    add_signers({text, static_cast<std::size_t>(got)}, secrets);
    explicit_bzero(text, sizeof(text));
    if (!secrets.problem.empty()) {
        secrets.problem = path + ": " + secrets.problem;
    }
    return secrets;
}

std::uint64_t random_number() {
    std::uint64_t number = 0;
    fill_randomly(&number, sizeof(number));
    return number;
}

}  // namespace teal::cli
