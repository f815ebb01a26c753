// Which migrations a deployment brings, whether they are safe, and what they are.
#include "cli/deployment/migration_check.hpp"
#include "cli/error.hpp"
#include "cli/history/history.hpp"
#include "cli/output/migration_steps_output.hpp"
#include "cli/snapshot/metadata.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/temporary_directory.hpp"

#include <nlohmann/json.hpp>

#include <fstream>

using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;
using teal::fixtures::TemporaryDirectory;

namespace {

void write(const TemporaryDirectory& directory, const char* name, const char* sql) {
    std::ofstream(directory / name) << sql;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("migrations that the serving version knows are read, not complained about", "[lint]") {
    const TemporaryDirectory here;
    write(here, "1.sql", "CREATE TABLE t (name varchar(5)); ALTER TABLE old ADD COLUMN a int;");
    write(here, "2.sql", "SET lock_timeout = '2s'; ALTER TABLE t ALTER name TYPE varchar(9);");
    const MigrationCheck all = check_new_migrations(here.path(), std::nullopt, {});
    CHECK_FALSE(all.safe());
    CHECK(all.problem("blue") ==
          "1 new migration is not safe while blue serves: 1.sql:1:35 lock-timeout-missing");
    CHECK_THAT(all.remedy(), ContainsSubstring("teal db lint " + here.path()));
    // The type of t.name is known from the deployed file.
    const MigrationCheck news = check_new_migrations(here.path(), Names{"1.sql"}, {});
    CHECK(news.safe());
    REQUIRE(news.steps.size() == 2);
    CHECK(news.steps[0].deployed);
    CHECK_FALSE(news.steps[1].deployed);
}

TEST_CASE("how the project runs its migrations counts, and is in the remedy", "[lint]") {
    const TemporaryDirectory here;
    write(here, "1.sql", "CREATE INDEX CONCURRENTLY i ON t (a);");
    CHECK(check_new_migrations(here.path(), std::nullopt, {}).safe());
    Settings settings;
    settings.migrations_in_transaction = true;
    settings.migrations_pg_version = 13;
    const MigrationCheck check =
        check_new_migrations(here.path(), std::nullopt, lint_options(settings));
    CHECK_THAT(check.problem("blue"), ContainsSubstring("concurrently-in-transaction"));
    CHECK_THAT(
        check.remedy(),
        ContainsSubstring("teal db lint --assume-in-transaction --pg-version 13 " + here.path()));
}

TEST_CASE("a directory without migrations is no problem, a missing one is", "[lint]") {
    const TemporaryDirectory here;
    CHECK(check_new_migrations({}, std::nullopt, {}).safe());
    CHECK(check_new_migrations(here.path(), std::nullopt, {}).safe());
    CHECK_THROWS_WITH(check_new_migrations(here / "none", std::nullopt, {}),
                      ContainsSubstring("none cannot be read"));
}

TEST_CASE("each migration has its phase, and the deployment it may run in", "[lint]") {
    const TemporaryDirectory here;
    write(here, "1.sql", "CREATE TABLE t (a int);");
    write(here, "2.sql", "UPDATE u SET a = 1 WHERE id < 10;");
    write(here, "3.sql", "-- teal: contract\nDROP SCHEMA s;");
    write(here, "4.sql", "DROP SCHEMA s;");
    write(here, "5.sql", "SELECT 1;");
    const auto json = migration_steps_json(check_new_migrations(here.path(), std::nullopt, {}));
    REQUIRE(json.size() == 5);
    CHECK(json[0]["phase"] == "expand");
    CHECK(json[1]["phase"] == "migrate");
    CHECK(json[2]["phase"] == "contract");
    CHECK(json[2]["safe"] == true);
    CHECK(json[3]["phase"] == "contract");
    CHECK(json[3]["safe"] == false);
    CHECK(json[4]["phase"] == "nothing");
}

TEST_CASE("a snapshot keeps its migrations, an old one says nothing of them", "[lint]") {
    SnapshotMetadata metadata;
    metadata.id = "blue-1";
    CHECK_FALSE(parse_metadata("m", metadata_text(metadata)).migrations);
    metadata.migrations = Names{"1.sql", "a/2.sql"};
    CHECK(parse_metadata("m", metadata_text(metadata)).migrations == Names{"1.sql", "a/2.sql"});
    metadata.migrations = Names{};
    CHECK(parse_metadata("m", metadata_text(metadata)).migrations == Names{});
}

TEST_CASE("the history keeps why unsafe migrations were let pass", "[lint]") {
    HistoryEntry entry;
    entry.allowed_migrations = "40 rows";
    CHECK(parse_history("h", history_text({entry})).at(0).allowed_migrations == "40 rows");
    CHECK_THAT(history_text({HistoryEntry{}}), !ContainsSubstring("unsafe_migrations"));
}
