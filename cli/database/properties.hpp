// What belongs to a database as a whole: encoding, locale, owner, rights, settings, comment. A
// restore goes into a database of another name first, for which pg_restore --create is no help, so
// they are read from the catalog when a backup is made and put back here.
#pragma once

#include "cli/database/manifest.hpp"
#include "cli/database/server.hpp"
#include "cli/stack/progress.hpp"

#include <string>
#include <vector>

namespace teal::cli::database {

// Throws Error.
// `database`: empty: the server's own.
std::uint64_t database_bytes(const Server& server, const std::string& database = {});
DatabaseProperties read_properties(const Server& server);

// A new database with encoding and locale, marked by a comment as one that is being filled. Throws
// Error; there is no such database then.
void create_database(const Server& server, const std::string& name,
                     const DatabaseProperties& properties);
// The rest of them, once it is filled: a database that is read-only, say, could not be filled.
// Throws Error with the server's words (a role that is missing).
void apply_properties(const Server& server, const std::string& name,
                      const DatabaseProperties& properties);
void drop_database(const Server& server, const std::string& name);
// For the way out of an error, which is the one to tell: warns when it cannot be done.
void drop_after_failure(const Server& server, const std::string& name, Progress& progress);
bool database_exists(const Server& server, const std::string& name);

// COMMENT ON DATABASE …, the database's own comment in the mark's place.
std::string unmarking(const std::string& name, const DatabaseProperties& properties);

// Databases that a command of ours was filling when it was killed: dropped when that can be told,
// which is for commands of this machine, named otherwise. One line each. Throws Error.
std::vector<std::string> settle_half_filled(const Server& server);

}  // namespace teal::cli::database
