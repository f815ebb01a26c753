#include "tests/harness/process_table.hpp"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <sstream>

#include "tests/harness/workspace.hpp"

namespace teal::harness {

namespace {

std::string proc_text(pid_t pid, const char* name) {
    return read_file("/proc/" + std::to_string(pid) + "/" + name);
}

// The fields of /proc/PID/stat behind the name, which may itself hold spaces and brackets:
// [0] state, [1] parent, [11] user ticks, [12] system ticks (man 5 proc, numbered from field 3).
std::vector<std::string> stat_fields(pid_t pid) {
    const std::string text = proc_text(pid, "stat");
    const auto bracket = text.rfind(')');
    if (bracket == std::string::npos) {
        return {};
    }
    std::istringstream in(text.substr(bracket + 1));
    std::vector<std::string> fields;
    for (std::string field; in >> field;) {
        fields.push_back(field);
    }
    return fields;
}

}  // namespace

std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> children;
    DIR* directory = ::opendir("/proc");
    if (directory == nullptr) {
        return children;
    }
    const std::string wanted = std::to_string(parent);
    while (const dirent* entry = ::readdir(directory)) {
        if (std::isdigit(static_cast<unsigned char>(entry->d_name[0])) == 0) {
            continue;
        }
        const auto pid = static_cast<pid_t>(std::atol(entry->d_name));
        const auto fields = stat_fields(pid);
        if (fields.size() > 1 && fields[1] == wanted) {
            children.push_back(pid);
        }
    }
    ::closedir(directory);
    std::sort(children.begin(), children.end());
    return children;
}

std::string process_title(pid_t pid) {
    std::string title = proc_text(pid, "cmdline");
    while (!title.empty() && title.back() == '\0') {
        title.pop_back();
    }
    std::replace(title.begin(), title.end(), '\0', ' ');
    return title;
}

bool process_running(pid_t pid) {
    const auto fields = stat_fields(pid);
    return !fields.empty() && fields[0] != "Z" && fields[0] != "X";
}

unsigned long private_memory_kib(pid_t pid) {
    std::istringstream in(proc_text(pid, "smaps_rollup"));
    unsigned long total = 0;
    for (std::string line; std::getline(in, line);) {
        if (line.rfind("Private_", 0) == 0) {
            total += std::strtoul(line.c_str() + line.find(':') + 1, nullptr, 10);
        }
    }
    return total;
}

unsigned long cpu_time_us(pid_t pid) {
    const auto fields = stat_fields(pid);
    if (fields.size() < 13) {
        return 0;
    }
    const auto ticks = std::stoul(fields[11]) + std::stoul(fields[12]);
    return ticks * 1'000'000UL / static_cast<unsigned long>(::sysconf(_SC_CLK_TCK));
}

}  // namespace teal::harness
