#include "cli/diagnosis/project_checks.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;

// The nearest directory above that is there: what a first deployment makes its own in.
fs::path existing_above(fs::path directory) {
    std::error_code ignored;
    while (directory.has_relative_path() && !fs::exists(directory, ignored)) {
        directory = directory.parent_path();
    }
    return directory;
}

// Copies of .env in snapshots that others may read.
std::vector<fs::path> open_secrets(const fs::path& directory) {
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
        const fs::path copy = entry->path() / ".env";
        struct stat status {};
        if (lstat(copy.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
            (status.st_mode & 077) != 0) {
            found.push_back(copy);
        }
    }
    return found;
}

}  // namespace

void check_deployment_directory(const fs::path& directory, Findings& findings) {
    const std::string subject = "deployments";
    const fs::path nearest = existing_above(directory);
    struct stat status {};
    if (stat(nearest.c_str(), &status) != 0) {
        findings.problem(subject, nearest.string() + ": " + std::strerror(errno),
                         "name another with DEPLOYMENT_DIR");
        return;
    }
    if (!S_ISDIR(status.st_mode)) {
        findings.problem(subject, nearest.string() + " is not a directory",
                         "move it away, or name another with DEPLOYMENT_DIR");
        return;
    }
    if (access(nearest.c_str(), W_OK | X_OK) != 0) {
        findings.problem(subject, nearest.string() + ": " + std::strerror(errno),
                         "run as a user who may write there, or name another with DEPLOYMENT_DIR");
        return;
    }
    if (nearest != directory) {
        findings.ok(subject, directory.string() + ": none yet");
        return;
    }
    const std::size_t before = findings.list().size();
    if ((status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0) {
        findings.problem(subject,
                         fmt::format("{}: mode {:04o}, everybody may change what is deployed",
                                     directory.string(), status.st_mode & 07777),
                         "chmod 700 " + directory.string());
    }
    for (const fs::path& copy : open_secrets(directory)) {
        findings.problem(subject, copy.string() + " can be read by others",
                         "chmod 600 " + copy.string());
    }
    if (findings.list().size() == before) {
        findings.ok(subject, directory.string() + ": writable, secrets closed");
    }
}

}  // namespace teal::cli
