// PostgreSQL's client programs that are installed here, and which of them suit a server.
#pragma once

#include "cli/database/server.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace teal::cli::database {

struct Programs {
    std::filesystem::path directory;
    std::string version;  // of the pg_dump there: "15.16"
};

// The directories of TEAL_POSTGRES_BIN alone when it is set (':' between them); else
// /usr/lib/postgresql/N/bin and what PATH leads to. Throws Error when there are none.
std::vector<Programs> find_programs();

// REQUIRES (both): not empty.
const Programs& newest(const std::vector<Programs>& installed);
// Of the server's own major version, else the next newer one: pg_dump refuses newer servers, and a
// much newer one writes what an old server cannot read back. When all are older:
// the newest, which answers queries at least.
const Programs& suitable(const std::vector<Programs>& installed, const ServerFacts& server);

}  // namespace teal::cli::database
