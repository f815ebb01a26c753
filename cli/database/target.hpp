// Which database is meant: named by a flag, a variable or teal.toml, or the one that the project
// has.
//
// --database and --service, then DATABASE_URL, then [database] of teal.toml, then the compose
// project's own PostgreSQL service, then DATABASE_URL of the project's .env, which is what the
// processes of a Procfile are given.
#pragma once

#include "cli/database/server.hpp"
#include "cli/project/settings.hpp"
#include "cli/stack/stack.hpp"

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace teal::cli::database {

struct TargetOptions {
    std::string database{};  // a URI, or the name of another database on the same server
    std::string service{};
};

// `stack`: nullptr when the project has none. Throws Error: wrong input when several services could
// be meant, naming them; nothing there when there is none, or it does not run.
std::unique_ptr<Server> open_server(const Settings& settings, Stack* stack,
                                    const TargetOptions& options);

// "postgres", "timescale/timescaledb-ha:pg15", "shop-postgres"; not "postgres-exporter",
// "postgrest/postgrest" or "pgbouncer".
bool is_postgres_image(const std::string& image);
// Those labelled, else those whose image (of a built one: whose name) is PostgreSQL's.
std::vector<const Service*> database_services(const StackDefinition& definition);

}  // namespace teal::cli::database
