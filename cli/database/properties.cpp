#include "cli/database/properties.hpp"

#include "cli/database/ask.hpp"
#include "cli/error.hpp"
#include "cli/history/history.hpp"
#include "cli/process/process_identity.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <cstdlib>
#include <sstream>

namespace teal::cli::database {
namespace {

constexpr char kMark[] = "teal: being filled by";

// The statements are written with psql's :"name" for the database. Settings whose value is a list
// of names are stored as they are to be written; all others are one literal.
constexpr char kStatements[] = R"(WITH d AS (
    SELECT * FROM pg_catalog.pg_database WHERE datname = current_database()),
list(name) AS (VALUES ('search_path'), ('temp_tablespaces'), ('local_preload_libraries'),
    ('session_preload_libraries'), ('shared_preload_libraries'), ('unix_socket_directories')),
setting AS (
    SELECT s.setrole, split_part(c, '=', 1) AS name, substr(c, strpos(c, '=') + 1) AS value
    FROM d JOIN pg_catalog.pg_db_role_setting s ON s.setdatabase = d.oid, unnest(s.setconfig) c),
statement(place, n, sql) AS (
    SELECT 1, 0::bigint, format('ALTER DATABASE :"name" OWNER TO %I', pg_get_userbyid(datdba)) FROM d
    UNION ALL
    SELECT 2, 0, format('ALTER DATABASE :"name" CONNECTION LIMIT %s', datconnlimit)
    FROM d WHERE datconnlimit >= 0
    UNION ALL
    SELECT 3, 0, CASE setrole WHEN 0 THEN 'ALTER DATABASE :"name"'
              ELSE format('ALTER ROLE %I IN DATABASE :"name"', pg_get_userbyid(setrole)) END
           || format(' SET %s TO ', (SELECT string_agg(quote_ident(p), '.' ORDER BY o)
                                     FROM unnest(string_to_array(name, '.'))
                                          WITH ORDINALITY u(p, o)))
           || CASE WHEN name IN (SELECT list.name FROM list) AND value <> '' THEN value
              ELSE quote_literal(value) END
    FROM setting
    UNION ALL
    SELECT 4, 0, r FROM d, unnest(ARRAY['REVOKE ALL ON DATABASE :"name" FROM PUBLIC',
        format('REVOKE ALL ON DATABASE :"name" FROM %I', pg_get_userbyid(datdba))]) r
    WHERE datacl IS NOT NULL
    UNION ALL
    SELECT 5, n, format('GRANT %s ON DATABASE :"name" TO %s%s', privilege_type,
        CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
        CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM d, aclexplode(datacl) WITH ORDINALITY
        AS acl(grantor, grantee, privilege_type, is_grantable, n)
    WHERE datacl IS NOT NULL)
SELECT sql FROM statement ORDER BY place, n, sql;
)";

// Its columns for the locale have had three forms since PostgreSQL 13.
std::string create_query(int major) {
    const char* const provider = major >= 15 ? "datlocprovider::text" : "'c'::text";
    const char* const locale = major >= 17   ? "datlocale"
                               : major >= 15 ? "daticulocale"
                                             : "NULL::text";
    const char* const rules = major >= 16 ? "daticurules" : "NULL::text";
    return fmt::format(
        "SELECT format('ENCODING %L LC_COLLATE %L LC_CTYPE %L', pg_encoding_to_char(encoding), "
        "datcollate, datctype)"
        " || CASE {0} WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L', {1})"
        "    || coalesce(format(' ICU_RULES %L', {2}), '')"
        "  WHEN 'b' THEN format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', {1}) ELSE '' END"
        " || (SELECT CASE spcname WHEN 'pg_default' THEN ''"
        "     ELSE format(' TABLESPACE %I', spcname) END"
        "     FROM pg_catalog.pg_tablespace t WHERE t.oid = dattablespace)"
        " FROM pg_catalog.pg_database WHERE datname = current_database();",
        provider, locale, rules);
}

std::string mark_of_this_process() {
    const auto self = identity_of(getpid());
    return fmt::format("{} {} {} {} {}", kMark, host_name(), boot_id(), getpid(),
                       self ? self->start_ticks : 0);
}

enum class Filler { alive, gone, elsewhere };

Filler filler_of(const std::string& comment) {
    std::istringstream words(comment.substr(sizeof(kMark) - 1));
    std::string host;
    std::string boot;
    ProcessIdentity identity;
    if (!(words >> host >> boot >> identity.pid >> identity.start_ticks) || host != host_name()) {
        return Filler::elsewhere;
    }
    return boot == boot_id() && is_alive(identity) ? Filler::alive : Filler::gone;
}

// As \set reads it.
std::string psql_word(const std::string& text) {
    std::string word = "'";
    for (const char c : text) {
        word += c == '\'' ? "\'\'" : c == '\\' ? "\\\\" : std::string(1, c);
    }
    return word + "'";
}

}  // namespace

std::uint64_t database_bytes(const Server& server, const std::string& database) {
    const Rows rows =
        ask(server, "SELECT pg_catalog.pg_database_size(pg_catalog.current_database());", database);
    return std::strtoull(rows.at(0).at(0).c_str(), nullptr, 10);
}

DatabaseProperties read_properties(const Server& server) {
    DatabaseProperties properties;
    properties.create = ask(server, create_query(server.facts().major())).at(0).at(0);
    for (const auto& row : ask(server, kStatements)) {
        properties.statements.push_back(row.at(0));
    }
    properties.comment =
        ask(server,
            "SELECT shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database "
            "WHERE datname = current_database();")
            .at(0)
            .at(0);
    return properties;
}

bool database_exists(const Server& server, const std::string& name) {
    return !ask(server,
                "SELECT 1 FROM pg_catalog.pg_database WHERE datname = " + quoted_literal(name) +
                    ";",
                maintenance_database(server.facts().database))
                .empty();
}

void create_database(const Server& server, const std::string& name,
                     const DatabaseProperties& properties) {
    const std::string made = quoted_name(name);
    ask(server,
        "CREATE DATABASE " + made + " TEMPLATE template0 " + properties.create +
            ";\nCOMMENT ON DATABASE " + made + " IS " + quoted_literal(mark_of_this_process()) +
            ";",
        maintenance_database(server.facts().database));
}

void apply_properties(const Server& server, const std::string& name,
                      const DatabaseProperties& properties) {
    std::string sql = "\\set name " + psql_word(name) + "\nBEGIN;\n";
    for (const std::string& statement : properties.statements) {
        sql += statement + ";\n";
    }
    ask(server, sql + "COMMIT;", maintenance_database(server.facts().database));
}

void drop_database(const Server& server, const std::string& name) {
    ask(server, "DROP DATABASE IF EXISTS " + quoted_name(name) + " WITH (FORCE);",
        maintenance_database(server.facts().database));
}

void drop_after_failure(const Server& server, const std::string& name, Progress& progress) {
    try {
        drop_database(server, name);
    } catch (const Error& error) {
        progress.warning("database " + name + " is left; the next backup or restore drops it (" +
                         error.what() + ")");
    }
}

std::string unmarking(const std::string& name, const DatabaseProperties& properties) {
    return "COMMENT ON DATABASE " + quoted_name(name) + " IS " +
           (properties.comment.empty() ? "NULL" : quoted_literal(properties.comment)) + ";\n";
}

namespace {

// Killed between making a database and marking it: told by its name, and that nothing is in it.
std::vector<std::string> unmarked_and_empty(const Server& server, const std::string& maintenance) {
    std::vector<std::string> names;
    for (const auto& row :
         ask(server,
             "SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND datname ~ "
             "'_(restore|verify)_[0-9]{8}_[0-9]{6}$' AND datname !~ '_before_restore_' AND "
             "shobj_description(oid, 'pg_database') IS NULL;",
             maintenance)) {
        const Rows relations =
            ask(server, "SELECT 1 FROM pg_catalog.pg_class WHERE oid >= 16384 LIMIT 1;", row.at(0));
        if (relations.empty()) {
            names.push_back(row.at(0));
        }
    }
    return names;
}

}  // namespace

std::vector<std::string> settle_half_filled(const Server& server) {
    std::vector<std::string> told;
    const std::string maintenance = maintenance_database(server.facts().database);
    const Rows marked = ask(server,
                            "SELECT datname, shobj_description(oid, 'pg_database') FROM "
                            "pg_catalog.pg_database WHERE starts_with(shobj_description(oid, "
                            "'pg_database'), " +
                                quoted_literal(kMark) + ") ORDER BY datname;",
                            maintenance);
    for (const auto& row : marked) {
        const std::string& name = row.at(0);
        switch (filler_of(row.at(1))) {
            case Filler::alive:
                break;
            case Filler::gone:
                drop_database(server, name);
                told.push_back("dropped database " + name + ", which an interrupted command left");
                break;
            case Filler::elsewhere:
                told.push_back("database " + name +
                               " is being filled from another machine, or was left by it");
                break;
        }
    }
    for (const std::string& name : unmarked_and_empty(server, maintenance)) {
        drop_database(server, name);
        told.push_back("dropped database " + name + ", which an interrupted command left empty");
    }
    return told;
}

}  // namespace teal::cli::database
