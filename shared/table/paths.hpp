// Where a table's companions live: one rule for nginx and the CLI, so that neither needs a setting
// the other one does not know.
//
//   table             counters             lock                   saved copy            secret
//   /run/teal/table   /run/teal/counters   /run/teal/table.lock   /var/lib/teal/table
//   /var/lib/teal/secret DIR/NAME          DIR/counters         DIR/NAME.lock DIR/NAME.saved
//   DIR/secret
//
// and the events, for the dashboard: /run/teal/events.jsonl, DIR/events.jsonl.
//
// Header-only and without heap: the module uses it while nginx reads its configuration.
#pragma once

#include <unistd.h>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <ctime>

namespace teal::table {

inline constexpr char kDefaultTablePath[] = "/run/teal/table";
inline constexpr char kRuntimeDirectory[] = "/run/teal/";
inline constexpr char kStateDirectory[] = "/var/lib/teal/";
inline constexpr std::size_t kPathBytes = 4096;

// A path with its terminating zero; empty when it would have been too long.
struct Path {
    char text[kPathBytes];
};

inline Path joined(const char* first, std::size_t first_bytes, const char* second) {
    Path path{};
    const std::size_t second_bytes = std::strlen(second);
    if (first_bytes + second_bytes < kPathBytes) {
        std::memcpy(path.text, first, first_bytes);
        std::memcpy(path.text + first_bytes, second, second_bytes);
    }
    return path;
}

inline std::size_t directory_bytes(const char* path) {
    const char* slash = std::strrchr(path, '/');
    return slash == nullptr ? 0 : static_cast<std::size_t>(slash - path) + 1;
}

inline Path counters_path_of(const char* table) {
    return joined(table, directory_bytes(table), "counters");
}

inline Path events_path_of(const char* table) {
    return joined(table, directory_bytes(table), "events.jsonl");
}

inline Path lock_path_of(const char* table) {
    return joined(table, std::strlen(table), ".lock");
}

inline Path saved_path_of(const char* table) {
    const std::size_t prefix = sizeof(kRuntimeDirectory) - 1;
    if (std::strncmp(table, kRuntimeDirectory, prefix) == 0) {
        return joined(kStateDirectory, sizeof(kStateDirectory) - 1, table + prefix);
    }
    return joined(table, std::strlen(table), ".saved");
}

// A name for a file that is linked to `path` once it is complete. The time is part of it because a
// pid comes back (in a container it is always the same): a maker that was killed must not be in
// the way of the next one.
inline Path temporary_path_of(const char* path) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    char suffix[80];
    std::snprintf(suffix, sizeof(suffix), ".new.%ld.%lld%09ld", static_cast<long>(getpid()),
                  static_cast<long long>(now.tv_sec), now.tv_nsec);
    return joined(path, std::strlen(path), suffix);
}

// The file with the secrets that sign sticky cookies, one a line, the first one signs.
inline Path secret_path_of(const char* table) {
    const Path saved = saved_path_of(table);
    return joined(saved.text, directory_bytes(saved.text), "secret");
}

}  // namespace teal::table
