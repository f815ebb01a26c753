// What a backup is called. The label is the user's and may be used again: the newest backup of a
// label is the one that is meant. The id is the label and the time, and unique: it names the
// directory.
#pragma once

#include <cstdint>
#include <string>

namespace teal::cli::database {

// 1 to 100 of letters, digits, '.', '_', '-' and '+', with a letter or digit first. Throws Error
// (wrong input) saying which character is not.
void demand_label(const std::string& label);

// "pre-upgrade-v2.0-20261124-101530"; UTC.
std::string backup_id(const std::string& label, std::uint64_t unix_ns);

// "20261124_101530", for names of databases.
std::string time_mark(std::uint64_t unix_ns);
// `name` and `ending` as one identifier of PostgreSQL: the name is cut, between characters, to what
// 63 bytes leave.
std::string database_name_with(const std::string& name, const std::string& ending);

}  // namespace teal::cli::database
