// Everything a user can set, each from the first that says it: flag, environment variable,
// teal.toml, default. The environment's names are the guide's. A variable that is set to nothing is
// as good as not set.
//
// teal.toml, with the defaults:
//
//   [project]
//   name = "shop"               # the directory's; COMPOSE_PROJECT_NAME
//   stack = "auto"              # auto, compose, procfile
//   files = ["compose.yaml"]    # compose files: compose's own rule; COMPOSE_FILE
//   profiles = ["web"]          # compose profiles: none; COMPOSE_PROFILES
//   reach = "auto"              # auto, network, published
//   migrations = "migrations"   # none
//   migrations_in_transaction = false  # the migration tool runs each file in a transaction
//   migrations_pg_version = 15  # the server's that they run in
//   build = ["make"]            # what builds the programs of a Procfile: nothing
//   [deployment]
//   directory = ".teal/deployments"  # DEPLOYMENT_DIR
//   rollback_limit = 5               # ROLLBACK_LIMIT
//   auto_switch = false              # AUTO_SWITCH
//   auto_cleanup = false             # AUTO_CLEANUP
//   watch = 10                       # seconds; TEAL_WATCH
//   drain_timeout = 30               # seconds; TEAL_DRAIN_TIMEOUT
//   stop_grace = 10                  # seconds
//   metrics = "/var/lib/prometheus/node-exporter/shop.prom"  # none; TEAL_METRICS_FILE
//   [health]
//   timeout = 60                # seconds; HEALTH_CHECK_TIMEOUT
//   interval = 2                # seconds; HEALTH_CHECK_INTERVAL
//   successes = 2
//   [nginx]
//   table = "/run/teal/table"   # TEAL_TABLE
//   counters = "/run/teal/counters"  # beside the table; TEAL_COUNTERS
//   url = "http://127.0.0.1:8080"    # found by itself; TEAL_NGINX_URL
//   [database]
//   url = "postgresql://shop@db.example/shop"  # the compose service's; DATABASE_URL
//   service = "postgres"        # the one there is
//   backups = ".teal/deployments/backups"      # in the deployment directory; BACKUP_DIR
//   keep = 0                    # newest backups of a database that are kept, 0: all; BACKUP_LIMIT
//   [services.web]
//   entry = true                # or the port at once: entry = 3000
//   port = 3000
//   split = "web"               # the service's name
//   health = "/healthz 200"
//   host = "shop.example"
//   smoke = "/api/healthz"      # where nginx leads to it: path of the health check, or a URL
//   replicas = 1
//   shared = false
//   critical = true
//   database = true             # `teal db` is about it: by its image else
//   [notify.ops]                # who is told; its keys: cli/notify/target.hpp
#pragma once

#include "cli/health/probe.hpp"
#include "cli/notify/target.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace teal::cli {

// [services.NAME] of teal.toml: what labels say in a compose file. For a compose service, a label
// goes first.
struct ServiceSettings {
    std::optional<bool> entry;
    std::optional<bool> shared;
    std::optional<bool> critical;
    std::optional<bool> database;
    std::optional<std::uint32_t> port;
    std::optional<std::uint32_t> replicas;
    std::optional<std::string> split;
    std::optional<std::string> health;  // parse_probe()'s words
    std::optional<std::string> host;
    std::optional<std::string> smoke;  // path or URL of the smoke test through nginx
};

struct Settings {
    std::filesystem::path directory;  // of the project: where its compose file or Procfile is
    std::filesystem::path toml_file;  // empty: none

    // [project]
    std::string project_name{};           // empty: compose's own, or the directory's name
    std::string stack{"auto"};            // auto, compose, procfile
    std::vector<std::string> files{};     // compose files; empty: compose's own rule
    std::vector<std::string> profiles{};  // compose profiles
    std::string reach{"auto"};            // auto, network, published: how nginx reaches containers
    std::filesystem::path migrations{};
    bool migrations_in_transaction = false;
    std::uint32_t migrations_pg_version = 15;  // 13 to 17
    std::vector<std::string> build{};  // argument vector; empty: nothing to build

    // [deployment]
    std::filesystem::path deployment_directory;  // absolute; DEPLOYMENT_DIR
    std::uint32_t rollback_limit = 5;            // ROLLBACK_LIMIT
    bool auto_switch = false;                    // AUTO_SWITCH
    bool auto_cleanup = false;                   // AUTO_CLEANUP
    double watch_s = 10;                         // TEAL_WATCH
    double drain_timeout_s = 30;                 // TEAL_DRAIN_TIMEOUT
    double stop_grace_s = 10;
    std::string metrics_file{};  // TEAL_METRICS_FILE; empty: none is written

    // [health]
    double health_timeout_s = 60;  // HEALTH_CHECK_TIMEOUT
    double health_interval_s = 2;  // HEALTH_CHECK_INTERVAL
    std::uint32_t health_successes = 2;

    // [nginx]
    std::string table;        // TEAL_TABLE
    std::string counters;     // TEAL_COUNTERS; empty: beside the table
    std::string nginx_url{};  // TEAL_NGINX_URL: "http://127.0.0.1:8080"; empty: found by itself

    // [database]
    std::string database_url{};       // DATABASE_URL; may hold a password: never shown as it is
    std::string database_url_from{};  // who says so
    std::string database_service{};
    std::filesystem::path backup_directory{};  // absolute; BACKUP_DIR
    std::uint32_t backup_limit = 0;            // BACKUP_LIMIT; 0: all are kept

    std::map<std::string, ServiceSettings> services{};
    NotifyTargets notify{};  // [notify.NAME]: cli/notify/target.hpp
};

// The flags that every command on a project takes; what was given goes over everything else.
struct ProjectOptions {
    std::string directory{};  // -C: as if started there
    std::vector<std::string> files{};
    std::vector<std::string> profiles{};
    std::string project_name{};
    std::string table{};
    std::string counters{};
    std::string nginx_url{};
};

void add_project_options(CLI::App& command, ProjectOptions& options);

// Throws Error (wrong input) naming the file and key, or the variable, the value, and what is
// accepted. Unknown keys are errors with a suggestion.
Settings load_settings(const ProjectOptions& options);

// "true", "yes", "on", "1" and their opposites. Throws Error (wrong input) naming `where`.
bool parse_switch(const std::string& where, const std::string& text);

}  // namespace teal::cli
