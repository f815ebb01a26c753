// Putting a restored database in another one's place, by name.
//
// Both renames are one transaction: killed at any moment, the name leads to the old database or to
// the new one. PostgreSQL renames only what nobody is connected to. It first takes a lock that new
// connections wait for, and then gives the others five seconds: in these they are ended.
#pragma once

#include "cli/database/manifest.hpp"
#include "cli/database/server.hpp"

#include <string>

namespace teal::cli::database {

struct Swap {
    std::string name;      // of the database that serves
    std::string restored;  // takes its name
    std::string kept_as;   // the one that served is called so; empty: there is none
};

// Throws Error when it could not be done: all databases have the names they had then.
void swap_in(const Server& server, const Swap& swap, const DatabaseProperties& properties);

}  // namespace teal::cli::database
