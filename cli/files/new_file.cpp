#include "cli/files/new_file.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace teal::cli {

bool write_new_file(const std::filesystem::path& file, const std::string& text) {
    struct stat status {};
    if (lstat(file.c_str(), &status) == 0) {
        return false;
    }
    const std::filesystem::path beside = file.string() + ".new-of-" + std::to_string(getpid());
    write_durably(beside, text);
    if (geteuid() == 0 && stat(file.parent_path().c_str(), &status) == 0) {
        (void)!lchown(beside.c_str(), status.st_uid, status.st_gid);  // root's is as good
    }
    // Unlike rename, link refuses a name that somebody took meanwhile.
    const bool linked = link(beside.c_str(), file.c_str()) == 0;
    const int error = errno;
    unlink(beside.c_str());
    if (!linked && error != EEXIST) {
        throw failure(file.string() + ": cannot be written: " + std::strerror(error),
                      "run as a user who may write there");
    }
    return linked;
}

}  // namespace teal::cli
