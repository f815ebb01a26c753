#include "cli/diagnosis/checks.hpp"
#include "cli/traffic/sticky_secret.hpp"
#include "shared/table/reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace teal::cli {
namespace {

using table::Health;

constexpr std::uint64_t kLittleSpace = 16u << 20;

std::string owner_text(std::uint32_t uid) {
    const passwd* user = getpwuid(uid);
    return user != nullptr ? user->pw_name : fmt::format("uid {}", uid);
}

bool exists(const std::string& path) {
    return access(path.c_str(), F_OK) == 0;
}

void report_unreadable(const TablePaths& paths, Health health, int error, std::uint32_t version,
                       Findings& findings) {
    const std::string& path = paths.table;
    if (health == Health::missing && error == ENOENT) {
        const bool saved = exists(paths.saved);
        findings.problem(
            "table", path + " does not exist",
            saved ? "any teal command restores it from " + paths.saved : "teal init --split app");
    } else if (health == Health::missing) {
        findings.problem("table", path + ": " + std::strerror(error),
                         "run as a user who may read it");
    } else if (health == Health::unsupported) {
        findings.problem("table",
                         fmt::format("{} has layout version {}, this teal reads {}", path, version,
                                     table::kLayoutVersion),
                         "use the version of teal that made it");
    } else if (health == Health::unsafe) {
        findings.problem("table", path + " is writable by others than its owner",
                         "chmod 644 " + path);
    } else {
        findings.problem("table", path + " is " + table::health_text(health),
                         "move it away, then any teal command restores it from the saved copy");
    }
}

void report_table(const std::string& path, const table::Reader& reader,
                  const table::TableImage& image, Findings& findings) {
    const FileMapping& mapping = reader.mapping();
    findings.ok("table",
                fmt::format("{}, layout version {}, generation {}, {} of {} splits, owner {}, mode "
                            "{:04o}",
                            path, table::kLayoutVersion, image.generation, image.splits.size(),
                            reader.split_capacity(), owner_text(mapping.owner()), mapping.mode()));
    if ((mapping.mode() & 0444) != 0444) {
        findings.warning(
            "table",
            fmt::format("mode {:04o} keeps nginx's workers from reading it", mapping.mode()),
            "chmod 644 " + path);
    }
    if ((mapping.mode() & S_IWGRP) != 0) {
        findings.warning("table",
                         fmt::format("mode {:04o} lets a group move traffic", mapping.mode()),
                         "chmod 644 " + path + ", unless that is meant");
    }
    if (geteuid() == 0 && mapping.owner() != 0) {
        findings.warning("table",
                         "belongs to " + owner_text(mapping.owner()) + ", who can move traffic",
                         "chown root " + path + ", unless that is meant");
    }
}

}  // namespace

std::optional<table::TableImage> check_table(const TablePaths& paths, Findings& findings) {
    table::Reader reader;
    int error = 0;
    std::uint32_t version = 0;
    Health health = reader.open(paths.table.c_str(), &error, &version);
    table::TableImage image;
    if (health == Health::ok) {
        health = table::read_image(reader, image);
        if (health == Health::unpublished) {
            report_table(paths.table, reader, image, findings);
            findings.warning("table", "nothing was ever published", "teal init --split app");
            return image;
        }
    }
    if (health != Health::ok) {
        report_unreadable(paths, health, error, version, findings);
        return std::nullopt;
    }
    report_table(paths.table, reader, image, findings);
    return image;
}

void check_saved_copy(const TablePaths& paths, const std::optional<table::TableImage>& image,
                      Findings& findings) {
    const std::string again = "the next publication writes it: teal traffic set …";
    table::Reader reader;
    int error = 0;
    std::uint32_t version = 0;
    Health health = reader.open(paths.saved.c_str(), &error, &version);
    if (health == Health::missing && error == ENOENT) {
        if (image && image->generation == 0) {
            findings.ok("saved copy", paths.saved + ": none yet, nothing was published");
        } else {
            findings.problem("saved copy",
                             paths.saved + " does not exist: a reboot loses the table", again);
        }
        return;
    }
    table::TableImage saved;
    if (health == Health::ok) {
        health = table::read_image(reader, saved);
    }
    if (health != Health::ok) {
        findings.problem("saved copy",
                         fmt::format("{} cannot be restored: {}", paths.saved,
                                     health == Health::missing ? std::strerror(error)
                                                               : table::health_text(health)),
                         again);
    } else if (image && saved.generation != image->generation) {
        findings.warning(
            "saved copy",
            fmt::format("{} has generation {}, the table {}: a reboot brings the older "
                        "one back",
                        paths.saved, saved.generation, image->generation),
            again);
    } else {
        findings.ok("saved copy", fmt::format("{}, generation {}, can be restored", paths.saved,
                                              saved.generation));
    }
}

void check_lock(const TablePaths& paths, Findings& findings) {
    const int file = open(paths.lock.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0 && errno == ENOENT) {
        findings.ok("lock", paths.lock + ": free, never taken");
        return;
    }
    if (file < 0) {
        findings.warning("lock", paths.lock + ": " + std::strerror(errno),
                         "run as a user who may write it to change traffic");
        return;
    }
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (fcntl(file, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK) {
        char holder[256] = {};
        const ssize_t got = pread(file, holder, sizeof(holder) - 1, 0);
        findings.warning(
            "lock", paths.lock + ": held by " + (got > 0 ? holder : "a process without a name"),
            "wait for it; the lock ends with its process");
    } else {
        findings.ok("lock", paths.lock + ": free");
    }
    close(file);
}

void check_secret(const TablePaths& paths, bool needed, Findings& findings) {
    if (!exists(paths.secret)) {
        if (needed) {
            findings.problem("secret", paths.secret + " does not exist, sticky cookies need it",
                             "teal init");
        } else {
            findings.ok("secret", paths.secret + ": none, and no sticky split");
        }
        return;
    }
    const SecretFile secrets = read_secret_file(paths.secret);
    if (!secrets.problem.empty()) {
        findings.warning("secret", secrets.problem, "run as root, or make it anew with: teal init");
    } else if ((secrets.mode & 077) != 0) {
        findings.problem(
            "secret",
            fmt::format("{}: mode {:04o}, others may read it", paths.secret, secrets.mode),
            "chmod 600 " + paths.secret);
    } else if (secrets.shortest_bytes < sticky::kLeastSecretBytes) {
        findings.problem(
            "secret",
            fmt::format("{}: a secret of {} bytes, at least {} are needed", paths.secret,
                        secrets.shortest_bytes, sticky::kLeastSecretBytes),
            "move it away and make it anew with: teal init");
    } else {
        findings.ok("secret", fmt::format("{}: {} of them, mode {:04o}", paths.secret,
                                          secrets.signers.size(), secrets.mode));
    }
}

void check_space(const TablePaths& paths, Findings& findings) {
    for (const std::string& path : {paths.table, paths.saved}) {
        const std::string::size_type slash = path.rfind('/');
        const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
        struct statvfs status {};
        if (statvfs(directory.c_str(), &status) != 0) {
            findings.warning("space", directory + ": " + std::strerror(errno),
                             "teal init makes it");
            continue;
        }
        const std::uint64_t free_bytes = std::uint64_t{status.f_bavail} * status.f_frsize;
        const std::string text = fmt::format("{}: {} MB free", directory, free_bytes >> 20);
        if (free_bytes < kLittleSpace) {
            findings.problem("space", text, "free some, publications are refused when it is full");
        } else {
            findings.ok("space", text);
        }
    }
}

}  // namespace teal::cli
