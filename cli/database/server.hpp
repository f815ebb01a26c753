// A PostgreSQL server and how its programs (psql, pg_dump, pg_restore) are run against it: inside
// the service's container, whose programs are of the server's own version, or here, by a URI.
//
// A password is never an argument. In a container it is taken from the container's own environment
// by the shell there; here it goes into the environment of the program alone.
#pragma once

#include "cli/process/command.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace teal::cli::database {

struct ServerFacts {
    int version_num = 0;     // 150016
    std::string version{};   // "15.16"
    std::string database{};  // that the target connects to
    std::string user{};
    int major() const { return version_num / 10000; }
};

struct ProgramCall {
    std::string program;  // "pg_dump"
    std::vector<std::string> arguments{};
    bool connects = true;    // it is told where
    std::string database{};  // empty: the target's own
    std::string input{};     // its standard input
    std::string options{};   // of the session: "-c statement_timeout=5000"
};

class Server {
public:
    virtual ~Server() = default;

    // "service postgres (container shop-postgres-1)", "postgresql://shop@db.example/shop".
    virtual std::string place() const = 0;
    // Who said that it is this one: "DATABASE_URL"; empty where the project says it.
    virtual std::string named_by() const { return {}; }

    // It is ended, in a container too, when we are: nothing goes on for nobody.
    virtual Command command(const ProgramCall& call) const = 0;
    // The same for a program whose standard input the caller provides as a file that ends, or a
    // pipe that is written to.
    virtual Command fed_command(const ProgramCall& call) const = 0;

    // Files that the programs read and write: a directory where they run. Empty: they see ours.
    virtual std::string make_staging() const { return {}; }
    // Packs and unpacks a directory there as a tar stream on standard output and input.
    virtual Command pack(const std::string&) const { return {}; }
    virtual Command unpack(const std::string&) const { return {}; }
    virtual void remove_staging() const {}
    // Of what is in there by now; 0 where it cannot be said.
    virtual std::uint64_t staged_bytes() const { return 0; }

    const ServerFacts& facts() const { return facts_; }
    // Of pg_dump: "15.16". Throws Error when there is none, or none that can read this server: for
    // queries that does not matter.
    virtual std::string dump_version() const = 0;

protected:
    // Asks the server, and refuses what is too old. Throws Error.
    ServerFacts ask_facts() const;

    ServerFacts facts_{};
};

inline constexpr int kOldestServer = 13;

// In the container, with its own environment as the official image reads it (POSTGRES_USER,
// POSTGRES_DB, POSTGRES_PASSWORD, POSTGRES_PASSWORD_FILE; bitnami's names; PG… go first).
// `database`: empty: as that says. Throws Error.
std::unique_ptr<Server> server_in_container(const std::string& service,
                                            const std::string& container,
                                            const std::string& database);
// By URI; `where` says who named it. `database`: instead of the URI's. Throws Error.
std::unique_ptr<Server> server_at(const std::string& where, const std::string& uri,
                                  const std::string& database);

// "database shop of service postgres (container shop-postgres-1), PostgreSQL 15.16".
std::string described(const Server& server);

// "pg_dump (PostgreSQL) 15.16 (Debian 15.16-1)" -> "15.16"; empty for anything else.
std::string program_version(const std::string& said);
// "15.16", "17beta1", "18devel" -> 15, 17, 18; 0 for anything else.
int major_of(const std::string& version);
// Throws Error when pg_dump cannot read this server.
void demand_suitable(const std::string& pg_dump, const std::string& version,
                     const ServerFacts& server);

// dbname='it''s' as libpq reads it: for -d, which takes more than names.
std::string database_word(const std::string& database);

}  // namespace teal::cli::database
