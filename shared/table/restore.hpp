// Bringing the table back after a reboot has emptied the tmpfs it lives on. Whoever comes first,
// nginx's master or the CLI, copies the saved file to its place; a copy, not a writer of tables.
#pragma once

#include <cstdint>

namespace teal::table {

enum class Restored : std::uint8_t {
    yes,
    not_needed,  // the table is there
    no_copy,     // nothing was ever saved
    bad_copy,    // the saved file is not a table of this version, or is damaged
    failed,      // see the errno
};

// Makes `path` from the saved copy unless it exists. Atomic: a complete table appears under the
// name or none does, and one that appeared meanwhile is never replaced. `error` gets the errno
// behind `failed`. Allocates nothing; takes no lock.
Restored restore_table(const char* path, const char* saved_path, int* error);

}  // namespace teal::table
