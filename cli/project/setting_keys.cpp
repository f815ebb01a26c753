#include "cli/project/setting_keys.hpp"

#include "cli/error.hpp"
#include "cli/health/url.hpp"
#include "cli/suggestion.hpp"
#include "shared/table/names.hpp"

#include <algorithm>
#include <cstdlib>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kDay_s = 86400;
constexpr double kShortestInterval_s = 0.01;
constexpr std::uint32_t kMostReplicas = 1000;

struct Key {
    const char* section;
    const char* name;
    const char* variable;  // or nullptr
    void (*apply)(Settings&, const SettingValue&);
};

// A path in the file is the project's; one in a variable comes from whoever sits in a directory.
std::string path_of(const Settings& settings, const SettingValue& value) {
    const fs::path path = read_text(value);
    return (value.from_file() ? settings.directory / path : fs::absolute(path))
        .lexically_normal()
        .string();
}

// node_exporter reads nothing else.
std::string metrics_path_of(const Settings& settings, const SettingValue& value) {
    std::string path = path_of(settings, value);
    if (fs::path(path).extension() != ".prom") {
        throw wrong_input(
            value.where + " is \"" + path + "\"",
            "name a file that ends in .prom: node_exporter's textfile collector reads "
            "no other");
    }
    return path;
}

std::string url_of(const SettingValue& value) {
    std::string url = read_text(value);
    if (!parse_url(url)) {
        throw wrong_input(value.where + " is \"" + url + "\"",
                          "use a URL of nginx, as in http://127.0.0.1:8080");
    }
    return url;
}

constexpr Key kKeys[] = {
    {"project", "name", "COMPOSE_PROJECT_NAME",
     [](Settings& s, const SettingValue& v) { s.project_name = read_text(v); }},
    {"project", "stack", nullptr,
     [](Settings& s, const SettingValue& v) {
         s.stack = read_one_of(v, {"auto", "compose", "procfile"});
     }},
    {"project", "files", nullptr,
     [](Settings& s, const SettingValue& v) {
         s.files.clear();
         for (const std::string& file : read_list(v)) {
             s.files.push_back((s.directory / file).lexically_normal().string());
         }
     }},
    {"project", "profiles", nullptr,
     [](Settings& s, const SettingValue& v) { s.profiles = read_list(v); }},
    {"project", "reach", nullptr,
     [](Settings& s, const SettingValue& v) {
         s.reach = read_one_of(v, {"auto", "network", "published"});
     }},
    {"project", "migrations", nullptr,
     [](Settings& s, const SettingValue& v) { s.migrations = path_of(s, v); }},
    {"project", "migrations_in_transaction", nullptr,
     [](Settings& s, const SettingValue& v) { s.migrations_in_transaction = read_switch(v); }},
    {"project", "migrations_pg_version", nullptr,
     [](Settings& s, const SettingValue& v) { s.migrations_pg_version = read_count(v, 13, 17); }},
    {"project", "build", nullptr,
     [](Settings& s, const SettingValue& v) { s.build = read_list(v); }},

    // DEPLOYMENT_DIR is the project's, too: everyone who deploys it has to find the same one.
    {"deployment", "directory", "DEPLOYMENT_DIR",
     [](Settings& s, const SettingValue& v) {
         s.deployment_directory = (s.directory / read_text(v)).lexically_normal();
     }},
    {"deployment", "rollback_limit", "ROLLBACK_LIMIT",
     [](Settings& s, const SettingValue& v) { s.rollback_limit = read_count(v, 1, 1000); }},
    {"deployment", "auto_switch", "AUTO_SWITCH",
     [](Settings& s, const SettingValue& v) { s.auto_switch = read_switch(v); }},
    {"deployment", "auto_cleanup", "AUTO_CLEANUP",
     [](Settings& s, const SettingValue& v) { s.auto_cleanup = read_switch(v); }},
    {"deployment", "watch", "TEAL_WATCH",
     [](Settings& s, const SettingValue& v) { s.watch_s = read_seconds(v, 0, kDay_s); }},
    {"deployment", "drain_timeout", "TEAL_DRAIN_TIMEOUT",
     [](Settings& s, const SettingValue& v) { s.drain_timeout_s = read_seconds(v, 0, kDay_s); }},
    {"deployment", "stop_grace", nullptr,
     [](Settings& s, const SettingValue& v) { s.stop_grace_s = read_seconds(v, 0, kDay_s); }},
    {"deployment", "metrics", "TEAL_METRICS_FILE",
     [](Settings& s, const SettingValue& v) { s.metrics_file = metrics_path_of(s, v); }},

    {"health", "timeout", "HEALTH_CHECK_TIMEOUT",
     [](Settings& s, const SettingValue& v) { s.health_timeout_s = read_seconds(v, 0, kDay_s); }},
    {"health", "interval", "HEALTH_CHECK_INTERVAL",
     [](Settings& s, const SettingValue& v) {
         s.health_interval_s = read_seconds(v, kShortestInterval_s, kDay_s);
     }},
    {"health", "successes", nullptr,
     [](Settings& s, const SettingValue& v) { s.health_successes = read_count(v, 1, 1000); }},

    // Read by those who connect: most commands have nothing to do with it, and it may be of another
    // kind of database.
    {"database", "url", "DATABASE_URL",
     [](Settings& s, const SettingValue& v) {
         s.database_url = read_text(v);
         s.database_url_from = v.where;
     }},
    {"database", "service", nullptr,
     [](Settings& s, const SettingValue& v) { s.database_service = read_text(v); }},
    // BACKUP_DIR is the project's, as DEPLOYMENT_DIR is.
    {"database", "backups", "BACKUP_DIR",
     [](Settings& s, const SettingValue& v) {
         s.backup_directory = (s.directory / read_text(v)).lexically_normal();
     }},
    {"database", "keep", "BACKUP_LIMIT",
     [](Settings& s, const SettingValue& v) { s.backup_limit = read_count(v, 0, 100000); }},

    {"nginx", "table", "TEAL_TABLE",
     [](Settings& s, const SettingValue& v) { s.table = path_of(s, v); }},
    {"nginx", "counters", "TEAL_COUNTERS",
     [](Settings& s, const SettingValue& v) { s.counters = path_of(s, v); }},
    {"nginx", "url", "TEAL_NGINX_URL",
     [](Settings& s, const SettingValue& v) { s.nginx_url = url_of(v); }},
};

struct ServiceKey {
    const char* name;
    void (*apply)(ServiceSettings&, const SettingValue&);
};

constexpr ServiceKey kServiceKeys[] = {
    // Also `entry = 3000`, as the label is written: an entry, at that port.
    {"entry",
     [](ServiceSettings& s, const SettingValue& v) {
         if (std::holds_alternative<std::int64_t>(v.value)) {
             s.port = read_count(v, 1, 65535);
             s.entry = true;
         } else {
             s.entry = read_switch(v);
         }
     }},
    {"shared", [](ServiceSettings& s, const SettingValue& v) { s.shared = read_switch(v); }},
    {"critical", [](ServiceSettings& s, const SettingValue& v) { s.critical = read_switch(v); }},
    {"database", [](ServiceSettings& s, const SettingValue& v) { s.database = read_switch(v); }},
    {"port", [](ServiceSettings& s, const SettingValue& v) { s.port = read_count(v, 1, 65535); }},
    {"replicas", [](ServiceSettings& s,
                    const SettingValue& v) { s.replicas = read_count(v, 0, kMostReplicas); }},
    {"split",
     [](ServiceSettings& s, const SettingValue& v) {
         s.split = read_text(v);
         if (!table::is_split_name(*s.split)) {
             throw wrong_input(v.where + " is \"" + *s.split + "\"",
                               "use 1 to 63 letters, digits and '_'");
         }
     }},
    {"health",
     [](ServiceSettings& s, const SettingValue& v) {
         s.health = read_text(v);
         parse_probe(v.where, *s.health);
     }},
    {"host", [](ServiceSettings& s, const SettingValue& v) { s.host = read_text(v); }},
    {"smoke",
     [](ServiceSettings& s, const SettingValue& v) {
         s.smoke = read_text(v);
         if (!s.smoke->starts_with('/') && !parse_url(*s.smoke)) {
             throw wrong_input(v.where + " is \"" + *s.smoke + "\"",
                               "use a path, as in /api/healthz, or a whole http or https URL");
         }
     }},
};

[[noreturn]] void unknown(const SettingValue& value, const std::string& word,
                          const std::vector<std::string>& known) {
    throw wrong_input(value.where + ": there is no such key" + did_you_mean(word, known),
                      "use one of: " + listed(known));
}

void apply_to_service(Settings& settings, const SettingValue& value) {
    std::vector<std::string> known;
    for (const ServiceKey& key : kServiceKeys) {
        if (value.key.size() == 3 && value.key[2] == key.name) {
            key.apply(settings.services[value.key[1]], value);
            return;
        }
        known.emplace_back(key.name);
    }
    unknown(value, value.key.size() > 2 ? value.key[2] : "", known);
}

}  // namespace

void apply_from_file(Settings& settings, const SettingValue& value) {
    const std::string& section = value.key.front();
    const std::string name = value.key.size() > 1 ? value.key[1] : "";
    if (section == "services") {
        apply_to_service(settings, value);
        return;
    }
    if (section == "notify") {
        apply_to_target(settings.notify, settings.directory, value);
        return;
    }
    std::vector<std::string> sections{"services", "notify"};
    std::vector<std::string> names;
    for (const Key& key : kKeys) {
        if (std::find(sections.begin(), sections.end(), key.section) == sections.end()) {
            sections.emplace_back(key.section);
        }
        if (section == key.section) {
            if (value.key.size() == 2 && name == key.name) {
                key.apply(settings, value);
                return;
            }
            names.emplace_back(key.name);
        }
    }
    if (names.empty()) {
        unknown(value, section, sections);
    }
    unknown(value, name, names);
}

void apply_environment(Settings& settings) {
    for (const Key& key : kKeys) {
        const char* text = key.variable != nullptr ? std::getenv(key.variable) : nullptr;
        if (text != nullptr && *text != '\0') {
            key.apply(settings, {{}, key.variable, std::string(text)});
        }
    }
}

}  // namespace teal::cli
