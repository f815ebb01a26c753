// Deployments with migrations: what would hurt the version that serves is refused before anything
// is changed, unless somebody says why; what has run is not asked about again.
#include "tests/e2e/procfile_site.hpp"

#include "tests/catch.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

using namespace teal;
using Catch::Matchers::ContainsSubstring;
using e2e::ProcfileSite;
using harness::RunResult;

namespace {

constexpr char kUnsafe[] = "ALTER TABLE users ADD COLUMN n int DEFAULT random();\n";

void add_migration(const ProcfileSite& site, const std::string& name, const std::string& sql) {
    std::filesystem::create_directories(site.project / "migrations");
    std::ofstream(site.project / "migrations" / name) << sql;
}

// teal.toml names the directory, in the table [project] that it begins or that is added.
void name_migrations(const ProcfileSite& site) {
    std::ifstream file(site.project / "teal.toml");
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const std::string table = "[project]\n";
    const auto at = text.find(table);
    text = at == std::string::npos
               ? text + "\n" + table + "migrations = \"migrations\"\n"
               : text.insert(at + table.size(), "migrations = \"migrations\"\n");
    std::ofstream(site.project / "teal.toml") << text;
}

}  // namespace

TEST_CASE("a deployment with an unsafe migration is refused, and allowed with a reason",
          "[migrations]") {
    ProcfileSite site;
    name_migrations(site);
    // The first version disturbs nobody.
    add_migration(site, "1_users.sql", std::string("SET lock_timeout = '2s';\n") + kUnsafe);
    REQUIRE(site.perform().exit_code == 0);
    REQUIRE(site.served() == "web-v1");

    // It has run: nobody is asked about it again.
    site.write_version("v2");
    add_migration(site, "2_safe.sql", "CREATE TABLE more (id int);\n");
    const RunResult safe = site.perform();
    INFO(safe.out << safe.err);
    REQUIRE(safe.exit_code == 0);
    REQUIRE(site.served() == "web-v2");

    site.write_version("v3");
    add_migration(site, "3_unsafe.sql", kUnsafe);
    const RunResult plan = site.teal({"upgrade", "plan"});
    CHECK(plan.exit_code == 1);
    CHECK_THAT(plan.out, ContainsSubstring("3_unsafe.sql  expand"));
    CHECK_THAT(plan.out, ContainsSubstring("1 new migration is not safe while green serves"));
    const RunResult refused = site.perform();
    CHECK(refused.exit_code == 1);
    CHECK_THAT(refused.err, ContainsSubstring("3_unsafe.sql:1:1 lock-timeout-missing"));
    CHECK_THAT(refused.err, ContainsSubstring("3_unsafe.sql:1:44 add-column-volatile-default"));
    CHECK_THAT(refused.err, ContainsSubstring("--allow-unsafe-migrations REASON"));
    CHECK(site.served() == "web-v2");
    CHECK(site.perform({"--allow-unsafe-migrations", " "}).exit_code == 2);

    const RunResult allowed = site.perform({"--allow-unsafe-migrations", "the table has 40 rows"});
    INFO(allowed.out << allowed.err);
    CHECK(allowed.exit_code == 0);
    CHECK(site.served() == "web-v3");
    const auto history = nlohmann::json::parse(site.must({"upgrade", "history", "--json"}));
    CHECK(history["history"].back()["unsafe_migrations_allowed"] == "the table has 40 rows");
    CHECK_THAT(site.must({"upgrade", "history"}),
               ContainsSubstring("unsafe migrations allowed: the table has 40 rows"));
}

TEST_CASE("the plan of migrations says which may run in which deployment", "[migrations]") {
    ProcfileSite site;
    name_migrations(site);
    add_migration(site, "1_table.sql", "CREATE TABLE users (id int, old text);\n");
    REQUIRE(site.perform().exit_code == 0);
    add_migration(site, "2_column.sql",
                  "SET lock_timeout = '2s';\nALTER TABLE users ADD COLUMN n int;\n");
    add_migration(site, "3_fill.sql", "UPDATE users SET n = 1 WHERE id BETWEEN 1 AND 1000;\n");
    add_migration(site, "4_drop.sql",
                  "-- teal: contract\nSET lock_timeout = '2s';\n"
                  "ALTER TABLE users DROP COLUMN old;\n");
    const auto plan = nlohmann::json::parse(site.must({"db", "migrate", "plan", "--json"}));
    REQUIRE(plan.size() == 3);
    CHECK(plan[0]["file"] == "2_column.sql");
    CHECK(plan[0]["phase"] == "expand");
    CHECK(plan[1]["phase"] == "migrate");
    CHECK(plan[2]["phase"] == "contract");
    CHECK_THAT(plan[2]["may_run_in"].get<std::string>(), ContainsSubstring("the next deployment"));
    add_migration(site, "5_table.sql", "DROP TABLE users;\n");
    CHECK(site.teal({"db", "migrate", "plan"}).exit_code == 1);
}
