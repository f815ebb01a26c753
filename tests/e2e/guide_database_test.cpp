// The guide's commands on the database are true as written: read from it and run, by the name they
// have there, in the compose shop and in the Procfile shop.
//
// tests/fixtures/guide-database.md is a copy of the sections that have them, for clones without the
// guide.
#include "tests/catch.hpp"
#include "tests/e2e/guide.hpp"
#include "tests/e2e/procfile_site.hpp"
#include "tests/harness/compose_site.hpp"
#include "tests/harness/docker_engine.hpp"
#include "tests/harness/http_client.hpp"
#include "tests/harness/postgres_server.hpp"
#include "tests/harness/wait.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace teal;
using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kSections = {"Database Migrations", "Production Deployment Workflow",
                                            "Monitoring During Deployment", "Best Practices"};
const fs::path kCopy = fs::path(TEAL_SOURCE_DIR) / "tests/fixtures/guide-database.md";
const fs::path kOriginal =
    fs::path(TEAL_SOURCE_DIR) / "../shared/reference/zero-downtime-upgrade-tools.md";

// "nself db …", also when it stands in another command's quotes; in the guide's order.
std::vector<std::string> database_lines() {
    std::istringstream text(
        e2e::guide_sections(fs::exists(kOriginal) ? kOriginal : kCopy, kSections));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) {
        if (const std::size_t at = line.find("nself db "); at != std::string::npos) {
            const bool quoted = at > 0 && line[at - 1] == '\'';
            lines.push_back(line.substr(at, quoted ? line.find('\'', at) - at : line.npos));
        }
    }
    return lines;
}

std::string line_with(const std::string& words) {
    for (const std::string& line : database_lines()) {
        if (line.find(words) != std::string::npos) {
            return line;
        }
    }
    throw std::runtime_error("the guide has no line with " + words);
}

// Through a shell that finds `nself`, not on a terminal: as a script would.
RunResult in_shell(ProcessOptions options, const Workspace& workspace, const std::string& line) {
    options.argv = {"bash", "-c", line};
    options.env["PATH"] = workspace.path("bin").string() + ":" + std::getenv("PATH");
    return run(options, 300s);
}

void link_nself(Workspace& workspace) {
    fs::create_symlink(TEAL_CLI_PATH, workspace.make_directory("bin") / "nself");
}

std::string command_lines() {
    std::string all;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        std::ifstream stream(entry.path() / "cmdline");
        std::ostringstream text;
        text << stream.rdbuf();
        all += text.str() + "\n";
    }
    return all;
}

}  // namespace

TEST_CASE("the copy of the guide's database sections is the guide's text") {
    const std::string copy = e2e::guide_sections(kCopy, kSections);
    CHECK(copy == read_file(kCopy));
    if (fs::exists(kOriginal)) {
        CHECK(copy == e2e::guide_sections(kOriginal, kSections));
    }
    CHECK(database_lines().size() == 7);
}

TEST_CASE("a backup before a deployment of the shop, a rollback, and the database as it was",
          "[docker][database]") {
    ComposeSite site;
    link_nself(site.workspace);
    site.put_shop("1");
    CHECK_THAT(site.must({"upgrade", "perform", "--dry-run", "--backup"}),
               ContainsSubstring("Backup, before anything is deployed\n  none: ") &&
                   ContainsSubstring("does not run"));
    const RunResult first = site.perform({"--backup"});  // there is no database yet
    INFO(first.out << first.err);
    REQUIRE(first.exit_code == 0);
    CHECK_THAT(first.out, ContainsSubstring("no backup: "));
    site.must({"db", "query",
               "CREATE TABLE users (id int); INSERT INTO users SELECT generate_series(1, 3)"});
    const auto guide = [&](const std::string& line) {
        const RunResult result = in_shell(site.process({}), site.workspace, line);
        INFO(line << "\n" << result.out << result.err);
        REQUIRE(result.exit_code == 0);
        return result.out;
    };
    const auto users = [&] {
        return nlohmann::json::parse(
            site.must({"db", "query", "--json", "SELECT count(*) FROM users"}))[0]["count"];
    };
    for (const std::string& line : database_lines()) {
        if (line.find("db restore") == std::string::npos) {
            guide(line);
        }
    }

    // Approach 3.
    CHECK_THAT(guide(line_with("db backup --label \"pre-upgrade-v2.0\"")),
               ContainsSubstring("database shop of service postgres") &&
                   ContainsSubstring("pre-upgrade-v2.0-2"));
    site.put_shop("2");
    CHECK_THAT(
        site.must({"upgrade", "perform", "--dry-run", "--backup", "before-2"}),
        ContainsSubstring("database shop of service postgres (container " + site.name +
                          "-postgres-1), PostgreSQL ") &&
            ContainsSubstring("as \"before-2\" in " + (site.deployments / "backups").string()));
    CHECK_THAT(site.must({"upgrade", "plan"}), !ContainsSubstring("Backup"));
    guide("AUTO_SWITCH=true nself upgrade perform --backup before-2");
    CHECK(site.served() == "web-2");
    site.must({"db", "query", "DELETE FROM users; ALTER TABLE orders RENAME TO broken"});
    const std::string back = guide("nself upgrade rollback");
    CHECK_THAT(back, ContainsSubstring("teal db restore --backup before-2-2"));
    CHECK(site.served() == "web-1");
    const std::string restored = guide(line_with("db restore"));
    CHECK_THAT(restored, ContainsSubstring("is kept as shop_before_restore_2"));
    CHECK(users() == 3);
    CHECK(becomes_true([&] { return http_get(site.front(), "/api/orders").status == 200; }, 30s));

    // The history and the snapshot refer to the backup, and it is not removed for being old.
    const auto history = nlohmann::json::parse(site.must({"upgrade", "history", "--json"}));
    CHECK(std::any_of(history["history"].begin(), history["history"].end(), [](const auto& entry) {
        return entry.value("backup", "").starts_with("before-2-2");
    }));
    site.must({"db", "backup", "--jobs", "2", "--verify", "--keep", "1"});
    const auto list = nlohmann::json::parse(site.must({"db", "list", "--json"}))["backups"];
    REQUIRE(list.size() == 2);
    CHECK(list[0]["format"] == "directory");
    CHECK(list[1]["of_snapshot"] == true);
    site.must({"db", "query", "DELETE FROM users"});
    site.must({"db", "restore", "--backup", "backup", "--jobs", "2"});
    CHECK(users() == 3);

    const std::string password = "change-me";
    CHECK_THAT(site.read(".env"), ContainsSubstring(password));
    Process watched(site.process({"db", "backup", "--verify"}));
    std::string seen;
    while (watched.running()) {
        seen += command_lines();
    }
    CHECK(watched.exit_code() == 0);
    CHECK_THAT(seen, ContainsSubstring("pg_dump") && !ContainsSubstring(password));
    CHECK_THAT(watched.out() + watched.err(), !ContainsSubstring(password));

    // What was killed does not go on in the container.
    Process sleeper(site.process({"db", "query", "SELECT pg_sleep(600), 'asleep'"}));
    const auto asleep = [&] {
        return nlohmann::json::parse(site.must(
                   {"db", "query", "--json",
                    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%''asleep''%' AND pid "
                    "<> pg_backend_pid()"}))[0]["count"] == 1;
    };
    REQUIRE(becomes_true(asleep, 30s));
    sleeper.signal(SIGKILL);
    CHECK(becomes_true([&] { return !asleep(); }, 30s));

    // PostgreSQL is the first process in its container: what is left there as an orphan and ends by
    // a signal, it takes for a crash of its own.
    const RunResult log = docker({"logs", site.name + "-postgres-1"});
    CHECK_THAT(log.out + log.err, ContainsSubstring("ready to accept connections") &&
                                      !ContainsSubstring("reinitializing"));
}

TEST_CASE("the guide's database commands run in a project of processes", "[procfile][database]") {
    e2e::ProcfileSite site;
    link_nself(site.workspace);
    const PostgresServer server(site.workspace);
    site.write_version("1");
    const RunResult result = site.perform();
    INFO(result.out << result.err);
    REQUIRE(result.exit_code == 0);
    std::ofstream(site.project / ".env", std::ios::app)
        << "\nDATABASE_URL=postgresql://teal@/shop?host="
        << site.workspace.path("postgres").string() << "\n";
    site.must({"db", "query", "--database",
               "postgresql://teal@/postgres?host=" + site.workspace.path("postgres").string(),
               "CREATE DATABASE shop"});
    site.must({"db", "query",
               "CREATE TABLE users (id int); INSERT INTO users SELECT generate_series(1, 3)"});

    const auto planned = [&](const std::vector<std::string>& more) {
        std::vector<std::string> words{"upgrade", "perform", "--dry-run", "--json", "--backup"};
        words.insert(words.end(), more.begin(), more.end());
        return site.teal(words);
    };
    const auto plan = nlohmann::json::parse(planned({}).out);
    CHECK(plan["hindrances"].empty());
    CHECK(plan["backup"]["label"] == "before-green");
    CHECK(plan["backup"]["database"] == "shop");
    CHECK_THAT(plan["backup"]["place"].get<std::string>(),
               ContainsSubstring("postgresql://teal@/shop?host="));
    CHECK(plan["backup"]["directory"] == (site.project / ".teal/deployments/backups").string());
    CHECK(plan["backup"]["database_bytes"] > 1000000);
    CHECK(plan["backup"]["keep"] == 0);
    CHECK(planned({"../up"}).exit_code == 2);
    CHECK_FALSE(fs::exists(site.project / ".teal/deployments/backups"));
    // What would keep `perform` from it is said beforehand.
    ProcessOptions elsewhere =
        site.process({"upgrade", "perform", "--dry-run", "--json", "--backup"});
    elsewhere.env["DATABASE_URL"] = "postgresql://teal@/shop?host=/nowhere";
    const RunResult hindered = run(elsewhere, 60s);
    CHECK(hindered.exit_code == 1);
    CHECK_THAT(nlohmann::json::parse(hindered.out)["hindrances"].dump(),
               ContainsSubstring("/nowhere"));

    for (const std::string& line : database_lines()) {
        const RunResult ran = in_shell(site.process({}), site.workspace, line);
        INFO(line << "\n" << ran.out << ran.err);
        CHECK(ran.exit_code == 0);
        if (line.find("FROM users") != std::string::npos) {
            CHECK_THAT(ran.out, ContainsSubstring("     3\n(1 row)"));
        }
    }
}
