// Which programs suit a server, which service is the database, and what answers look like.
#include "cli/database/ask.hpp"
#include "cli/database/programs.hpp"
#include "cli/database/query.hpp"
#include "cli/database/row_counts.hpp"
#include "cli/database/target.hpp"
#include "cli/error.hpp"
#include "tests/catch.hpp"

#include <nlohmann/json.hpp>

using namespace teal::cli;
using namespace teal::cli::database;
using Catch::Matchers::ContainsSubstring;

namespace {

ServerFacts server_of(int major) {
    ServerFacts facts;
    facts.version_num = major * 10000 + 2;
    facts.version = std::to_string(major) + ".2";
    return facts;
}

Service service(const std::string& name, const std::string& image,
                std::optional<bool> database = {}) {
    Service made;
    made.name = name;
    made.image = image;
    made.database = database;
    return made;
}

std::vector<std::string> chosen(std::vector<Service> services) {
    StackDefinition definition;
    definition.services = std::move(services);
    std::vector<std::string> names;
    for (const Service* found : database_services(definition)) {
        names.push_back(found->name);
    }
    return names;
}

}  // namespace

TEST_CASE("a program's version is read from what it says") {
    CHECK(program_version("pg_dump (PostgreSQL) 15.16 (Debian 15.16-0+deb12u1)\n") == "15.16");
    CHECK(program_version("pg_dump (PostgreSQL) 17beta1\n") == "17beta1");
    CHECK(program_version("pg_dump: error\n").empty());
    CHECK(program_version("pg_dump (PostgreSQL) \n").empty());
    CHECK(major_of("17beta1") == 17);
}

TEST_CASE("the server's own major version is chosen, else the next newer one") {
    const std::vector<Programs> installed{
        {"/17", "17.1"}, {"/13", "13.9"}, {"/16", "16.4"}, {"/15", "15.16"}};
    CHECK(newest(installed).directory == "/17");
    CHECK(suitable(installed, server_of(15)).directory == "/15");
    CHECK(suitable(installed, server_of(14)).directory == "/15");
    CHECK(suitable(installed, server_of(17)).directory == "/17");
    // None suits: the newest answers queries, and is refused for backups.
    const std::vector<Programs> old{{"/13", "13.9"}, {"/15", "15.16"}};
    CHECK(suitable(old, server_of(17)).directory == "/15");
    CHECK_NOTHROW(demand_suitable("/15/pg_dump", "15.16", server_of(15)));
    try {
        demand_suitable("/15/pg_dump", "15.16", server_of(17));
        FAIL("not refused");
    } catch (const Error& error) {
        CHECK_THAT(error.what(), ContainsSubstring("/15/pg_dump is 15.16") &&
                                     ContainsSubstring("older than the server, which is 17.2"));
        CHECK_THAT(error.next_step(), ContainsSubstring("postgresql-client-17") &&
                                          ContainsSubstring("TEAL_POSTGRES_BIN"));
    }
}

TEST_CASE("PostgreSQL's images are told from those of what stands around it") {
    for (const char* image :
         {"postgres", "postgres:15", "docker.io/library/postgres:16-alpine",
          "postgis/postgis:15-3.4", "timescale/timescaledb-ha:pg15", "pgvector/pgvector:pg16",
          "bitnami/postgresql:15", "shop-postgres",
          "registry.example:5000/our/my_postgres@sha256:0", "supabase/postgres:15.1"}) {
        INFO(image);
        CHECK(is_postgres_image(image));
    }
    for (const char* image :
         {"prometheuscommunity/postgres-exporter", "postgrest/postgrest", "edoburu/pgbouncer",
          "dpage/pgadmin4", "mysql:8", "postgres-backup-local", "", "postgres.example/mysql"}) {
        INFO(image);
        CHECK_FALSE(is_postgres_image(image));
    }
}

TEST_CASE("the database is the labelled service, else those with such an image") {
    CHECK(chosen({service("web", "web"), service("db", "postgres:15")}) ==
          std::vector<std::string>{"db"});
    CHECK(chosen({service("postgres", ""), service("web", "")}) ==
          std::vector<std::string>{"postgres"});  // built: by its name
    CHECK(chosen({service("a", "postgres"), service("b", "postgres")}) ==
          std::vector<std::string>{"a", "b"});
    CHECK(chosen({service("a", "postgres"), service("b", "postgres", true)}) ==
          std::vector<std::string>{"b"});
    CHECK(chosen({service("a", "postgres", false), service("b", "postgres")}) ==
          std::vector<std::string>{"b"});
    CHECK(chosen({service("ours", "fork-of-pg", true)}) == std::vector<std::string>{"ours"});
}

TEST_CASE("names and texts are quoted for SQL and for libpq") {
    CHECK(quoted_name("a\"b") == "\"a\"\"b\"");
    CHECK(quoted_literal("it's") == "'it''s'");
    CHECK(quoted_literal("a\\b'c") == " E'a\\\\b''c'");
    CHECK(database_word("it's \\") == "dbname='it\\'s \\\\'");
    CHECK(maintenance_database("shop") == "postgres");
    CHECK(maintenance_database("postgres") == "template1");
    using namespace std::string_literals;
    CHECK(rows_of("a\x1f"s + "b\0c\nd\x1f\0"s) == Rows{{"a", "b"}, {"c\nd", ""}});
    CHECK(rows_of("").empty());
}

TEST_CASE("rows become JSON with numbers, booleans, NULL and JSON as such") {
    const std::vector<Column> columns{
        {"n", "bigint"}, {"x", "numeric(30,10)"},   {"b", "boolean"},  {"j", "jsonb"},
        {"t", "text"},   {"f", "double precision"}, {"a", "integer[]"}};
    const std::string text =
        rows_as_json(columns,
                     {{"9223372036854775807", "12345678901234567890.0123456789", "t",
                       "{\"k\": [1]}", "a\"b", "NaN", "{1,2}"},
                      {"NULL!", "NaN", "f", "null", "", "1e+20", "NULL!"}},
                     "NULL!");
    CHECK_THAT(text, ContainsSubstring("\"x\":12345678901234567890.0123456789"));
    const auto json = nlohmann::json::parse(text);
    CHECK(json.at(0).at("n") == 9223372036854775807LL);
    CHECK(json[0]["b"] == true);
    CHECK(json[0]["j"]["k"][0] == 1);
    CHECK(json[0]["t"] == "a\"b");
    CHECK(json[0]["f"] == "NaN");
    CHECK(json[0]["a"] == "{1,2}");
    CHECK(json[1]["n"].is_null());
    CHECK(json[1]["x"] == "NaN");
    CHECK(json[1]["t"] == "");
    CHECK(json[1]["f"] == 1e20);
    CHECK(nlohmann::json::parse(rows_as_json(columns, {}, "")).empty());
}

TEST_CASE("differences between a database and its backup are named") {
    CHECK(differences({{"a", 1}, {"b", 2}}, {{"a", 1}, {"b", 2}}).empty());
    const std::string text = differences({{"a", 1}, {"b", 2}}, {{"a", 3}, {"c", 2}});
    CHECK_THAT(text, ContainsSubstring("a: 1 rows, and 3 in the backup") &&
                         ContainsSubstring("b: missing") && ContainsSubstring("c: only in"));
    RowCounts many;
    for (int i = 0; i < 14; ++i) {
        many["t" + std::to_string(i)] = 1;
    }
    CHECK_THAT(differences(many, {}), ContainsSubstring("and 4 more"));
}
