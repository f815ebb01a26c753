// A PostgreSQL of its own with a database "shop", and `teal db` run on it by URI from an empty
// directory, as a user would.
#pragma once

#include "tests/database/sql_session.hpp"
#include "tests/harness/postgres_server.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/workspace.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace teal::database {

class DatabaseSite {
public:
    DatabaseSite();

    std::string uri(const std::string& database = "shop") const;
    SqlSession session(const std::string& database = "shop") const;

    // DATABASE_URL is uri().
    harness::ProcessOptions process(std::vector<std::string> words) const;
    harness::RunResult teal(std::vector<std::string> words) const;
    // Throws std::runtime_error unless it ends with 0. Its output.
    std::string must(std::vector<std::string> words) const;
    nlohmann::json backups() const;  // of `db list --json`

    // Everything in all tables of the database, and its schema as pg_dump writes it.
    std::string content(const std::string& database = "shop") const;
    std::string schema(const std::string& database = "shop") const;
    // All databases but the server's own.
    std::vector<std::string> databases() const;

    // A table of so many rows that do not compress.
    void make_rows(int count) const;

    harness::Workspace workspace{"database"};
    harness::PostgresServer server{workspace};
    std::filesystem::path directory;
    std::filesystem::path store;  // of the backups
    std::map<std::string, std::string> environment{};
};

}  // namespace teal::database
