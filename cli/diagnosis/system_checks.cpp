#include "cli/diagnosis/host_checks.hpp"
#include "cli/error.hpp"
#include "cli/health/probe_program.hpp"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <cstdio>
#include <utility>

namespace teal::cli {
namespace {

using KernelVersion = std::pair<unsigned, unsigned>;

// memfd_create, open file description locks; and pidfd_open, without which a signal to a process of
// a Procfile goes by its number.
constexpr KernelVersion kOldest{3, 17};
constexpr KernelVersion kComfortable{5, 3};

}  // namespace

void check_kernel(const std::string& release, Findings& findings) {
    KernelVersion version{0, 0};
    if (std::sscanf(release.c_str(), "%u.%u", &version.first, &version.second) != 2) {
        findings.warning("kernel", "cannot tell its version from \"" + release + "\"",
                         "Linux 5.3 or later is what Teal is made for");
    } else if (version < kOldest) {
        findings.problem("kernel", release + ": lacks memory files and locks that Teal uses",
                         "use Linux 5.3 or later");
    } else if (version < kComfortable) {
        findings.warning("kernel", release + ": has no process descriptors yet",
                         "Linux 5.3 or later makes signals to processes of a Procfile safer");
    } else {
        findings.ok("kernel", release);
    }
}

void check_probe_program(Findings& findings) {
    try {
        findings.ok("probe", probe_program().string());
    } catch (const Error& error) {
        findings.problem("probe", error.what(), error.next_step());
    }
}

void check_table_memory(const std::string& table, Findings& findings) {
    std::filesystem::path directory = std::filesystem::path(table).parent_path();
    directory = directory.empty() ? "." : directory;
    struct statfs status {};
    if (statfs(directory.c_str(), &status) != 0) {
        return;  // check_space() says so
    }
    const auto type = static_cast<std::uint64_t>(status.f_type);
    if (type == TMPFS_MAGIC || type == RAMFS_MAGIC) {
        findings.ok("memory", directory.string() + " is in memory (tmpfs)");
    } else {
        findings.warning(
            "memory",
            directory.string() +
                " is on a disk: publications and counters cause "
                "writes to it",
            "put the table below /run on a tmpfs: systemd-tmpfiles --create teal.conf, "
            "or mount -t tmpfs tmpfs " +
                directory.string());
    }
}

}  // namespace teal::cli
