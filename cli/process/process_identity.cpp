#include "cli/process/process_identity.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace teal::cli {
namespace {

// Files of /proc say their size is 0, and may vanish between two calls.
std::optional<std::string> read_proc(const std::string& path) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return std::nullopt;
    }
    std::string text;
    char buffer[8192];
    ssize_t count = 0;
    while ((count = read(descriptor, buffer, sizeof(buffer))) > 0) {
        text.append(buffer, static_cast<std::size_t>(count));
    }
    close(descriptor);
    return count < 0 ? std::nullopt : std::optional(std::move(text));
}

struct Stat {
    char state = 'X';
    pid_t group = 0;
    std::uint64_t start_ticks = 0;
};

std::optional<Stat> stat_of(pid_t pid) {
    const std::optional<std::string> text = read_proc("/proc/" + std::to_string(pid) + "/stat");
    // The program's name, in parentheses, may have anything in it, parentheses too.
    const std::size_t name_end = text ? text->rfind(')') : std::string::npos;
    if (name_end == std::string::npos) {
        return std::nullopt;
    }
    Stat stat;
    std::size_t at = name_end + 1;
    for (int field = 3; field <= 22; ++field) {
        at = text->find_first_not_of(' ', at);
        if (at == std::string::npos) {
            return std::nullopt;
        }
        const char* word = text->c_str() + at;
        if (field == 3) {
            stat.state = *word;
        } else if (field == 5) {
            stat.group = static_cast<pid_t>(std::strtol(word, nullptr, 10));
        } else if (field == 22) {
            stat.start_ticks = std::strtoull(word, nullptr, 10);
        }
        at = text->find(' ', at);
    }
    return stat;
}

template <typename Action>
void each_process(Action action) {
    DIR* directory = opendir("/proc");
    if (directory == nullptr) {
        return;
    }
    while (const dirent* entry = readdir(directory)) {
        const pid_t pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
        if (pid > 0) {
            action(pid);
        }
    }
    closedir(directory);
}

std::vector<std::string> split_at_nul(const std::string& text) {
    std::vector<std::string> parts;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = std::min(text.find('\0', at), text.size());
        parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

std::optional<MarkedProcess> marked(pid_t pid, std::string_view marker) {
    const std::optional<std::string> text = read_proc("/proc/" + std::to_string(pid) + "/environ");
    if (!text || text->find(marker) == std::string::npos) {
        return std::nullopt;
    }
    MarkedProcess found;
    found.environment = split_at_nul(*text);
    const auto begins = [&](const std::string& entry) { return entry.starts_with(marker); };
    if (std::none_of(found.environment.begin(), found.environment.end(), begins)) {
        return std::nullopt;
    }
    const std::optional<Stat> stat = stat_of(pid);
    if (!stat || stat->state == 'Z' || stat->state == 'X') {
        return std::nullopt;
    }
    found.identity = {pid, stat->start_ticks};
    found.group = stat->group;
    return found;
}

}  // namespace

std::optional<ProcessIdentity> identity_of(pid_t pid) {
    const std::optional<Stat> stat = pid > 0 ? stat_of(pid) : std::nullopt;
    if (!stat || stat->state == 'Z' || stat->state == 'X') {
        return std::nullopt;
    }
    return ProcessIdentity{pid, stat->start_ticks};
}

bool is_alive(const ProcessIdentity& identity) {
    return identity_of(identity.pid) == identity;
}

const std::string& boot_id() {
    static const std::string id = [] {
        std::string text = read_proc("/proc/sys/kernel/random/boot_id").value_or("");
        text.erase(text.find_last_not_of(" \n") + 1);
        return text;
    }();
    return id;
}

int open_pidfd(const ProcessIdentity& identity) {
    const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, identity.pid, 0));
    // Asked again with the descriptor in hand: from here on it cannot be another process.
    if (descriptor >= 0 && !is_alive(identity)) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

std::string MarkedProcess::value_of(std::string_view name) const {
    for (const std::string& entry : environment) {
        if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=') {
            return entry.substr(name.size() + 1);
        }
    }
    return {};
}

bool is_group_alive(pid_t group) {
    if (group <= 0 || (kill(-group, 0) != 0 && errno == ESRCH)) {
        return false;
    }
    bool alive = false;
    each_process([&](pid_t pid) {
        const std::optional<Stat> stat = stat_of(pid);
        alive = alive || (stat && stat->group == group && stat->state != 'Z' && stat->state != 'X');
    });
    return alive;
}

std::vector<MarkedProcess> marked_processes(std::string_view name, std::string_view prefix) {
    std::vector<MarkedProcess> found;
    const std::string marker = std::string(name) + "=" + std::string(prefix);
    each_process([&](pid_t pid) {
        if (std::optional<MarkedProcess> process = marked(pid, marker)) {
            found.push_back(std::move(*process));
        }
    });
    std::stable_partition(found.begin(), found.end(), [](const MarkedProcess& process) {
        return process.identity.pid == process.group;
    });
    return found;
}

}  // namespace teal::cli
