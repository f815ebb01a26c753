// A process that is not our child, told from another one that got its number later: by the moment
// it started, counted from the machine's boot, and by which boot that was.
#pragma once

#include <sys/types.h>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace teal::cli {

struct ProcessIdentity {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;  // field 22 of /proc/PID/stat

    bool operator==(const ProcessIdentity&) const = default;
};

// Nothing when there is no such process, or only its remains (a zombie).
std::optional<ProcessIdentity> identity_of(pid_t pid);
bool is_alive(const ProcessIdentity& identity);
// Something of the process group still runs. Remains do not count: whoever has become a process's
// parent, a container's first process say, may never ask for them.
bool is_group_alive(pid_t group);
// Of this boot; empty where the kernel does not say.
const std::string& boot_id();

// A descriptor that becomes readable when the process ends, or -1 when it has ended already.
int open_pidfd(const ProcessIdentity& identity);

// A process that carries a marker in its environment, whoever started it.
struct MarkedProcess {
    ProcessIdentity identity;
    pid_t group = 0;
    std::vector<std::string> environment;  // "NAME=VALUE"

    std::string value_of(std::string_view name) const;  // or empty
};

// All living processes, whose environment we may read, with a variable `name` whose value begins
// with `prefix`. Group leaders come first.
std::vector<MarkedProcess> marked_processes(std::string_view name, std::string_view prefix);

}  // namespace teal::cli
