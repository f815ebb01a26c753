// `teal db` on the PostgreSQL of a compose service that is not of this machine's version: by the
// programs in its container. For build-support/test-postgresql-versions, which makes the image that
// TEAL_POSTGRES_IMAGE names; not among what runs by default.
#include "tests/catch.hpp"
#include "tests/e2e/small_stack.hpp"
#include "tests/harness/compose_site.hpp"

#include <cstdlib>
#include <nlohmann/json.hpp>

using namespace teal;
using Catch::Matchers::ContainsSubstring;
using harness::RunResult;

namespace {

// As the user of Debian's packages, from whose directory the volume takes its owner.
constexpr char kServe[] = R"sh(set -eu
cd /var/lib/postgresql
bin=$(echo /usr/lib/postgresql/*/bin)
if [ ! -d cluster ]; then
    (umask 077 && printf '%s' "$POSTGRES_PASSWORD" > password)
    "$bin/initdb" -D making -U "$POSTGRES_USER" --pwfile password --auth scram-sha-256 \
        --encoding UTF8 --no-sync
    echo "create database \"$POSTGRES_DB\"" | "$bin/postgres" --single -D making postgres
    mv making cluster
fi
exec "$bin/postgres" -D cluster -c unix_socket_directories=/tmp
)sh";

constexpr char kDatabase[] = R"yaml(
  database:
    image: ${TEAL_POSTGRES_IMAGE}
    user: postgres
    entrypoint: [/bin/sh, /serve]
    environment: {POSTGRES_USER: shop, POSTGRES_DB: shop, POSTGRES_PASSWORD: "pass'word $$1"}
    volumes: ["data:/var/lib/postgresql", "./serve:/serve:ro"]
    labels: {teal.database: "true"}
    healthcheck:
      test: [CMD-SHELL, "/usr/lib/postgresql/*/bin/pg_isready -q -h /tmp -U shop"]
      interval: 1s
      retries: 60
volumes:
  data:
)yaml";

void put_stack_with(harness::ComposeSite& site, const std::string& image) {
    e2e::put_small_stack(site, "1");
    site.write("serve", kServe);
    site.write("compose.yaml", site.read("compose.yaml") + kDatabase);
    site.write(".env", "TEAL_POSTGRES_IMAGE=" + image + "\n");
}

nlohmann::json query(const harness::ComposeSite& site, const std::string& sql) {
    return nlohmann::json::parse(site.must({"db", "query", "--json", sql})).at(0);
}

}  // namespace

TEST_CASE("a container's PostgreSQL is backed up and restored by its own programs",
          "[.][postgres-container][docker]") {
    const char* const image = std::getenv("TEAL_POSTGRES_IMAGE");
    REQUIRE(image != nullptr);
    harness::ComposeSite site;
    put_stack_with(site, image);
    const RunResult deployed = site.perform();
    INFO(deployed.out << deployed.err);
    REQUIRE(deployed.exit_code == 0);

    site.must({"db", "query",
               "CREATE TABLE users (id int PRIMARY KEY, name text); "
               "INSERT INTO users SELECT n, md5(n::text) FROM generate_series(1, 20000) n; "
               "ALTER DATABASE shop SET work_mem TO '7MB'"});
    const std::string content =
        "SELECT count(*) AS n, md5(string_agg(u::text, '' ORDER BY id)) AS sum FROM users u";
    const auto before = query(site, content);
    const auto version = query(site, "SHOW server_version").at("server_version");
    for (const std::string jobs : {"1", "3"}) {
        INFO("jobs " << jobs);
        const std::string said =
            site.must({"db", "backup", "--label", "pre", "--verify", "--jobs", jobs});
        CHECK_THAT(said, ContainsSubstring("verified: 1 table, 20000 rows"));
        const auto backup =
            nlohmann::json::parse(site.must({"db", "list", "--json"}))["backups"][0];
        CHECK(backup["format"] == (jobs == "1" ? "custom" : "directory"));
        CHECK_THAT(version.get<std::string>(),
                   ContainsSubstring(backup["server_version"].get<std::string>()));
        site.must({"db", "query", "DELETE FROM users WHERE id > 10"});
        const std::string restored =
            site.must({"db", "restore", "--backup", "pre", "--jobs", jobs});
        CHECK_THAT(restored, ContainsSubstring("is kept as shop_before_restore_2"));
        CHECK(query(site, content) == before);
        CHECK(query(site, "SHOW work_mem")["work_mem"] == "7MB");
    }
    site.must({"db", "restore", "--backup", "pre", "--into", "beside"});
    CHECK_THAT(site.must({"db", "query", "--csv", "--database", "beside",
                          "SELECT current_database(), count(*) FROM users"}),
               ContainsSubstring("beside,20000"));

    // A restore that fails half way: the role that owns a table is gone.
    site.must({"db", "query", "CREATE ROLE gone; ALTER TABLE users OWNER TO gone"});
    site.must({"db", "backup", "--label", "owned"});
    site.must(
        {"db", "query", "ALTER TABLE users OWNER TO shop; DROP OWNED BY gone; DROP ROLE gone"});
    const RunResult failed = site.teal({"db", "restore", "--backup", "owned"});
    CHECK(failed.exit_code == 1);
    CHECK_THAT(failed.err, ContainsSubstring("role \"gone\" does not exist"));
    CHECK(query(site, content) == before);
    CHECK(query(site,
                "SELECT count(*) AS n FROM pg_database WHERE datname ~ '_restore_2' AND "
                "datname !~ '_before_'")["n"] == 0);

    // The deployment's own backup, and what its dry run says of it.
    const auto plan = nlohmann::json::parse(
        site.must({"upgrade", "perform", "--dry-run", "--backup", "v2", "--json"}));
    CHECK(plan["backup"]["server_version"] == query(site,
                                                    "SELECT split_part(current_setting("
                                                    "'server_version'), ' ', 1) AS v")["v"]);
    const RunResult second = site.perform({"--backup", "v2"});
    INFO(second.out << second.err);
    CHECK(second.exit_code == 0);
    CHECK_THAT(site.must({"db", "list"}), ContainsSubstring("of a snapshot"));
}
