// `teal db query`, and passwords, which nobody but the program they are for gets to see.
#include "tests/catch.hpp"
#include "tests/database/database_site.hpp"
#include "tests/harness/catch_failures.hpp"
#include "tests/harness/wait.hpp"

#include <csignal>
#include <fstream>
#include <sstream>

using namespace teal;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using database::DatabaseSite;
using harness::RunResult;

namespace {

namespace fs = std::filesystem;

constexpr char kPassword[] = "S3cr3t%Pass/w0rd";
constexpr char kEncoded[] = "S3cr3t%25Pass%2Fw0rd";

// The server asks ann for a password from now on.
void demand_password(DatabaseSite& site) {
    site.session().ask(std::string("SET password_encryption = 'scram-sha-256'; CREATE ROLE ann "
                                   "LOGIN SUPERUSER PASSWORD '") +
                       kPassword + "'");
    const fs::path rules = site.workspace.path("postgres") / "data/pg_hba.conf";
    const std::string before = harness::read_file(rules);
    std::ofstream(rules) << "local all ann scram-sha-256\n" << before;
    site.session().ask("SELECT pg_reload_conf()");
    site.environment["DATABASE_URL"] = std::string("postgresql://ann:") + kEncoded +
                                       "@/shop?host=" + site.workspace.path("postgres").string();
}

// Of a process and all that it started: the command lines that /proc shows to everybody.
std::string command_lines() {
    std::string all;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator("/proc", error)) {
        if (entry.path().filename().string().find_first_not_of("0123456789") == std::string::npos) {
            std::ifstream stream(entry.path() / "cmdline");
            std::ostringstream text;
            text << stream.rdbuf();
            all += text.str() + "\n";
        }
    }
    return all;
}

bool shows_password(const std::string& text) {
    return text.find(kPassword) != std::string::npos || text.find(kEncoded) != std::string::npos;
}

}  // namespace

TEST_CASE("a query is answered as psql does, as CSV and as JSON") {
    DatabaseSite site;
    site.session().ask(
        "CREATE TABLE users (id int, name text, born date, x jsonb); INSERT INTO "
        "users VALUES (1, 'Ann \"A\"', '2000-01-02', '{\"k\": 1}'), (2, NULL, NULL, "
        "NULL)");
    CHECK(site.must({"query", "SELECT COUNT(*) FROM users;"}) ==
          " count \n-------\n     2\n(1 row)\n\n");
    CHECK(site.must({"query", "--csv", "SELECT id, name FROM users ORDER BY id"}) ==
          "id,name\n1,\"Ann \"\"A\"\"\"\n2,\n");
    const auto rows =
        nlohmann::json::parse(site.must({"query", "--json", "SELECT * FROM users ORDER BY id; "}));
    CHECK(rows == nlohmann::json::parse(R"([{"id": 1, "name": "Ann \"A\"", "born": "2000-01-02",
              "x": {"k": 1}}, {"id": 2, "name": null, "born": null, "x": null}])"));
    CHECK(site.must({"query", "--json", "UPDATE users SET name = 'B' WHERE id = 2 -- all"}) ==
          "{\"command\":\"UPDATE 1\"}\n");
    CHECK(nlohmann::json::parse(site.must(
              {"query", "--json", "INSERT INTO users VALUES (3) RETURNING id"}))[0]["id"] == 3);
    CHECK(site.must({"query", "--json", "SELECT 1 AS a WHERE false"}) == "[]\n");
}

TEST_CASE("SQL comes from an argument, a file or standard input, and ends at the first error") {
    DatabaseSite site;
    const fs::path file = site.workspace.write("q.sql", "SELECT 'from; a file' AS a;\n");
    CHECK_THAT(site.must({"query", "-f", file.string()}), ContainsSubstring("from; a file"));
    harness::ProcessOptions piped = site.process({"query"});
    piped.input =
        "CREATE TABLE t (a int); INSERT INTO t VALUES (1);\nSELECT nonsense;\nINSERT INTO "
        "t VALUES (2);";
    const RunResult result = harness::run(piped);
    CHECK(result.exit_code == 1);
    CHECK_THAT(result.err, ContainsSubstring("column \"nonsense\" does not exist"));
    CHECK(site.session().one("SELECT count(*) FROM t") == "1");
    const RunResult json = site.teal({"query", "--json", "SELECT nonsense"});
    CHECK(json.exit_code == 1);
    CHECK(json.out.empty());
    CHECK_THAT(json.err, ContainsSubstring("column \"nonsense\" does not exist"));
    CHECK(site.teal({"query", "--json", "SELECT 1; SELECT 2"}).exit_code == 2);
    CHECK(site.teal({"query", "--json", "--csv", "SELECT 1"}).exit_code == 2);
    CHECK(site.teal({"query", "-f", "/no/such/file"}).exit_code == 1);
}

TEST_CASE("a query can be kept from writing and from taking long") {
    DatabaseSite site;
    const RunResult writing = site.teal({"query", "--read-only", "CREATE TABLE t (a int)"});
    CHECK(writing.exit_code == 1);
    CHECK_THAT(writing.err, ContainsSubstring("read-only transaction"));
    const RunResult slow = site.teal({"query", "--timeout", "0.2", "SELECT pg_sleep(60)"});
    CHECK(slow.exit_code == 1);
    CHECK_THAT(slow.err, ContainsSubstring("statement timeout"));
    // Also beside options of the URI's own.
    site.environment["DATABASE_URL"] = site.uri() + "&options=-c%20work_mem%3D7MB";
    CHECK_THAT(site.must({"query", "--csv", "SHOW work_mem"}), ContainsSubstring("7MB"));
    CHECK(site.teal({"query", "--read-only", "CREATE TABLE t (a int)"}).exit_code == 1);
}

TEST_CASE("a query that is killed does not go on in the server") {
    DatabaseSite site;
    harness::Process process(site.process({"query", "SELECT pg_sleep(600), 'asleep'"}));
    const auto asleep = [&] {
        return site.session("postgres")
                   .one(
                       "SELECT count(*) FROM pg_stat_activity WHERE query LIKE "
                       "'%''asleep''%' AND pid <> pg_backend_pid()") == "1";
    };
    REQUIRE(harness::becomes_true(asleep, 30s));
    process.signal(SIGKILL);
    CHECK(harness::becomes_true([&] { return !asleep(); }, 10s));
}

TEST_CASE(
    "the setting order decides which database it is, and one that cannot be reached is told") {
    DatabaseSite site;
    site.session("postgres").ask("CREATE DATABASE other");
    const std::string sql = "SELECT current_database()";
    CHECK_THAT(site.must({"query", "--csv", sql}), ContainsSubstring("\nshop\n"));
    CHECK_THAT(site.must({"query", "--csv", "--database", site.uri("other"), sql}),
               ContainsSubstring("\nother\n"));
    CHECK_THAT(site.must({"query", "--csv", "--database", "other", sql}),
               ContainsSubstring("\nother\n"));
    site.workspace.write("project/teal.toml", "[database]\nurl = \"" + site.uri("other") + "\"\n");
    CHECK_THAT(site.must({"query", "--csv", sql}), ContainsSubstring("\nshop\n"));
    site.environment["DATABASE_URL"] = "";
    CHECK_THAT(site.must({"query", "--csv", sql}), ContainsSubstring("\nother\n"));
    // A Procfile's processes have .env; so has this.
    site.workspace.write("project/teal.toml", "");
    const RunResult none = site.teal({"query", sql});
    CHECK(none.exit_code == 5);
    CHECK_THAT(none.err, ContainsSubstring("no database is known"));
    site.workspace.write("project/.env", "DATABASE_URL='" + site.uri("other") + "'\n");
    CHECK_THAT(site.must({"query", "--csv", sql}), ContainsSubstring("\nother\n"));
    const RunResult unreachable =
        site.teal({"query", "--database", "postgresql://ann:pw@/d?host=/nowhere", sql});
    CHECK(unreachable.exit_code == 1);
    CHECK_THAT(unreachable.err, ContainsSubstring("/nowhere") && !ContainsSubstring(":pw"));
}

TEST_CASE("a password is in no command line, no output and no file") {
    DatabaseSite site;
    demand_password(site);
    site.make_rows(3000);
    std::string seen;
    std::string said;
    const auto watch = [&](std::vector<std::string> words, const std::string& database) {
        if (!database.empty()) {
            words.insert(words.end(), {"--database", database});
        }
        harness::ProcessOptions options = site.process(words);
        harness::Process process(options);
        // From when `teal` has started a program: what the user typed is there for a moment.
        const std::string pid = std::to_string(process.pid());
        const fs::path children = "/proc/" + pid + "/task/" + pid + "/children";
        bool ours = database.empty();
        while (process.running()) {
            ours = ours || !harness::read_file(children).empty();
            seen += ours ? command_lines() : "";
        }
        CHECK(ours);
        said += process.out() + process.err();
        INFO(process.out() << process.err());
        CHECK(process.exit_code() == 0);
    };
    const std::string uri = site.environment["DATABASE_URL"];
    watch({"backup", "--verify"}, "");
    watch({"backup", "--jobs", "2"}, uri);
    watch({"restore", "--backup", "backup", "--jobs", "2"}, "");
    watch({"query", "SELECT pg_sleep(0.3)"}, uri);
    CHECK_THAT(seen, ContainsSubstring("pg_dump") && ContainsSubstring("pg_restore") &&
                         ContainsSubstring("psql"));
    CHECK_FALSE(shows_password(seen));
    CHECK_FALSE(shows_password(said));
    for (const auto& entry : fs::recursive_directory_iterator(site.directory)) {
        if (entry.is_regular_file()) {
            CHECK_FALSE(shows_password(harness::read_file(entry.path())));
        }
    }
    // A wrong one is refused, and shown no more than a right one.
    const RunResult wrong = site.teal(
        {"query", "SELECT 1", "--database",
         "postgresql://ann:wrong-one@/shop?host=" + site.workspace.path("postgres").string()});
    CHECK(wrong.exit_code == 1);
    CHECK_THAT(wrong.err, ContainsSubstring("password authentication failed") &&
                              !ContainsSubstring("wrong-one"));
}
