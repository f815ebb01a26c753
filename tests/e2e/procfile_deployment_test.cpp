// Deployments of a Procfile project under load: the new version takes the traffic with no failed
// request, or does not take it at all.
#include "tests/e2e/procfile_site.hpp"

#include "tests/catch.hpp"
#include "tests/fixtures/small_tmpfs.hpp"
#include "tests/harness/http_client.hpp"
#include "tests/harness/idle_connections.hpp"
#include "tests/harness/wait.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

using namespace teal;
using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using e2e::ProcfileSite;

namespace {

namespace fs = std::filesystem;

void deploy(const ProcfileSite& site, const std::string& version) {
    const RunResult result = site.perform();
    INFO(result.out << result.err);
    REQUIRE(result.exit_code == 0);
    REQUIRE(site.served() == "web-" + version);
}

// The first version serves.
void deploy_first(const ProcfileSite& site) {
    deploy(site, "v1");
}

std::vector<std::string> snapshots_in(const fs::path& directory) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory)) {
        if (entry.is_directory() &&
            entry.path().filename().string().find("-2") != std::string::npos) {
            names.push_back(entry.path().filename().string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

// What must hold after a deployment that failed, whatever failed.
void check_old_serves(const ProcfileSite& site, const RunResult& result, Load& load) {
    INFO(result.out << result.err);
    CHECK(result.exit_code == 3);
    load.wait_for_more(50, 20s);
    CHECK(site.served() == "web-v1");
    CHECK(site.served("/api/") == "api-v1");
    CHECK(site.active() == "blue");
    load.stop();
    INFO(load.results().summary());
    CHECK(load.results().failed() == 0);
    CHECK(load.results().variants().size() <= 2);
}

}  // namespace

TEST_CASE("deployments and rollbacks under load fail no request, both splits flip together",
          "[deployment]") {
    ProcfileSite site;
    deploy_first(site);
    CHECK(site.active() == "blue");
    auto load = site.start_load();
    auto api = site.start_load("/api/");
    std::string expected = "v1";
    for (int i = 2; i <= 5; ++i) {
        const std::string before = expected;
        expected = "v" + std::to_string(i);
        site.write_version(expected);
        const RunResult deployed = site.perform();
        INFO(deployed.out << deployed.err);
        REQUIRE(deployed.exit_code == 0);
        CHECK(site.served() == "web-" + expected);
        CHECK(site.served("/api/") == "api-" + expected);

        const RunResult back = site.teal({"upgrade", "rollback"});
        INFO(back.out << back.err);
        REQUIRE(back.exit_code == 0);
        CHECK_THAT(back.out, !ContainsSubstring("brought back"));
        CHECK(site.served() == "web-" + before);
        CHECK(site.served("/api/") == "api-" + before);

        REQUIRE(site.teal({"upgrade", "rollback"}).exit_code == 0);
        CHECK(site.served() == "web-" + expected);
    }
    load->stop();
    api->stop();
    INFO(load->results().summary() << "\n" << api->results().summary());
    CHECK(load->results().failed() == 0);
    CHECK(api->results().failed() == 0);
    CHECK(load->results().count("web-v1") > 0);
    CHECK(load->results().count("web-v5") > 0);
    const auto history =
        nlohmann::json::parse(site.must({"upgrade", "history", "--json"})).at("history");
    CHECK(history.size() == 13);
    CHECK(snapshots_in(site.deployments).size() == 5);  // ROLLBACK_LIMIT
    // The dashboard was told of each.
    const std::vector<std::string> events = site.events();
    const auto count = [&](const std::string& beginning) {
        return std::count_if(events.begin(), events.end(), [&](const std::string& event) {
            return event.starts_with(beginning);
        });
    };
    INFO(events.back());
    CHECK(count("deploy_started") == 5);
    CHECK(count("deploy_finished") == 5);
    CHECK(count("rolled_back") == 8);
    CHECK(count("switched app, api ") == 13);
}

TEST_CASE("connections in flight outlive the switch: WebSockets and slow downloads",
          "[deployment]") {
    ProcfileSite site;
    deploy_first(site);
    const Endpoint front = Endpoint::loopback(site.port);
    IdleWebSockets sockets(front, 20);
    HttpResponse download;
    std::thread slow([&] { download = http_get(front, "/drip/300", {}, 30s); });  // 3 s
    site.write_version("v2");
    const RunResult result = site.perform({"--drain-timeout", "0.5"});
    INFO(result.out << result.err);
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, ContainsSubstring("still in flight"));
    CHECK(site.served() == "web-v2");
    CHECK(sockets.broken() == 0);
    slow.join();
    CHECK(download.error == NetError::none);
    CHECK(download.body.size() == 300);
    CHECK(download.headers.get("X-Served-By") == "web-v1");

    // It is not stopped while they hold it, unless it is said to.
    const RunResult refused = site.teal({"upgrade", "cleanup", "blue", "--drain-timeout", "0.3"});
    CHECK(refused.exit_code == 1);
    CHECK_THAT(refused.err, ContainsSubstring("20 requests of blue are still in flight"));
    CHECK(sockets.broken() == 0);
    CHECK(sockets.close() == 0);
    const RunResult cleaned = site.teal({"upgrade", "cleanup", "blue"});
    INFO(cleaned.out << cleaned.err);
    CHECK(cleaned.exit_code == 0);
}

TEST_CASE("a rollback brings back from its snapshot what was cleaned up", "[deployment]") {
    ProcfileSite site;
    deploy_first(site);
    site.write_version("v2");
    REQUIRE(site.perform({"--auto-cleanup"}).exit_code == 0);
    auto load = site.start_load();
    const RunResult back = site.teal({"upgrade", "rollback"});
    INFO(back.out << back.err);
    CHECK(back.exit_code == 0);
    CHECK_THAT(back.out, ContainsSubstring("brought back from its snapshot"));
    CHECK(site.served() == "web-v1");  // although .env says v2

    // And a snapshot of the color that serves, in the other color.
    site.write_version("v3");
    REQUIRE(site.perform().exit_code == 0);
    site.write_version("v4");
    REQUIRE(site.perform().exit_code == 0);
    const std::string active = site.active();
    std::string first;
    for (const std::string& name : snapshots_in(site.deployments)) {
        if (name.starts_with(active)) {
            first = name;
            break;
        }
    }
    const RunResult to = site.teal({"upgrade", "rollback", "--to", first});
    INFO(first << "\n" << to.out << to.err);
    CHECK(to.exit_code == 0);
    CHECK(site.served() == (active == "blue" ? "web-v1" : "web-v3"));
    CHECK(site.active() != active);
    load->stop();
    INFO(load->results().summary());
    CHECK(load->results().failed() == 0);
}

TEST_CASE("a version that fails its health check never gets a request", "[deployment]") {
    ProcfileSite site;
    deploy_first(site);
    auto load = site.start_load();
    SECTION("its page answers with an error") {
        site.write_version("v2", "--status 500");
        // /health is good: the smoke test asks for what the split serves... so break that, too.
        site.workspace.append("shop/teal.toml", "");
        std::string toml = site.workspace.read("shop/teal.toml");
        toml.replace(toml.find("health = \"/health\""), 18, "health = \"/\"");
        site.workspace.write("shop/teal.toml", toml);
        const RunResult result = site.perform({"--timeout", "2"});
        check_old_serves(site, result, *load);
        CHECK_THAT(result.err, ContainsSubstring("500"));
        CHECK_THAT(result.err, ContainsSubstring("phase health"));
    }
    SECTION("it ends at once") {
        site.write_version("v2", "--no-such-option");
        const RunResult result = site.perform({"--timeout", "5"});
        check_old_serves(site, result, *load);
        CHECK_THAT(result.out + result.err,
                   ContainsSubstring("--no-such-option"));  // its own words
    }
    SECTION("it is too slow to answer in time") {
        site.write_version("v2", "--delay 3000");
        std::string toml = site.workspace.read("shop/teal.toml");
        toml.replace(toml.find("health = \"/health\""), 18, "health = \"/\"");
        site.workspace.write("shop/teal.toml", toml);
        check_old_serves(site, site.perform({"--timeout", "1"}), *load);
    }
}

TEST_CASE("a version that fails only under traffic is switched back from", "[deployment]") {
    ProcfileSite site;
    deploy_first(site);
    auto load = site.start_load();
    site.write_version("v2", "--status 500");  // /health, which is all that is checked, is good
    const RunResult result = site.perform({"--watch", "20"});
    INFO(result.out << result.err);
    CHECK(result.exit_code == 3);
    CHECK_THAT(result.err, ContainsSubstring("switched back to blue"));
    CHECK_THAT(result.err, ContainsSubstring("attempts failed"));
    load->wait_for_more(50, 20s);
    CHECK(site.served() == "web-v1");
    CHECK(site.active() == "blue");
    load->stop();
    // Seconds of errors would be hundreds of them.
    CHECK(load->results().failed() < 150);
    // And it is nothing that a rollback would return to.
    CHECK(site.teal({"upgrade", "rollback"}).exit_code == 2);
}

TEST_CASE("two deployments at once: one is told who works, the other one succeeds",
          "[deployment]") {
    ProcfileSite site;
    deploy_first(site);
    site.write_version("v2", "--delay 200");
    Process first(site.process({"upgrade", "perform", "--auto-switch", "--watch", "2"}));
    wait_until([&] { return fs::exists(site.deployments / "operation.json"); }, 20s,
               "the first deployment to be under way");
    const RunResult second = site.perform();
    CHECK(second.exit_code == 1);
    CHECK_THAT(second.err, ContainsSubstring("another deployment is under way"));
    CHECK_THAT(second.err, ContainsSubstring("teal upgrade perform"));
    CHECK_THAT(site.must({"upgrade", "status"}), ContainsSubstring("Under way"));
    REQUIRE(first.wait(60s));
    INFO(first.out() << first.err());
    CHECK(first.exit_code() == 0);
    CHECK(site.served() == "web-v2");
}

TEST_CASE("a full disk fails the deployment and nothing else", "[deployment]") {
    const fixtures::SmallTmpfs disk(24u
                                    << 20);  // outlives the site, which is stopped by what it holds
    REQUIRE(disk.mounted());
    ProcfileSite site;
    deploy_first(site);
    auto load = site.start_load();
    fs::copy(site.deployments, disk / "deployments", fs::copy_options::recursive);
    const std::string toml = site.workspace.read("shop/teal.toml");
    const std::string section = "[deployment]\n";
    std::string moved = toml;
    moved.insert(toml.find(section) + section.size(),
                 "directory = \"" + (disk / "deployments") + "\"\n");
    site.workspace.write("shop/teal.toml", moved);
    site.write_version("v2");
    RunResult result;
    SECTION("it is full before") {
        disk.fill();
        result = site.perform();
        CHECK(result.exit_code == 1);
        CHECK_THAT(result.err, ContainsSubstring("0 MB free") && ContainsSubstring("next: "));
    }
    SECTION("it fills up while the standby is awaited") {
        site.workspace.write("shop/Procfile",
                             "web: while [ ! -e gate ]; do sleep 0.05; done; "
                             "exec " TEAL_DEMO_APP_PATH
                             " --name web-$VERSION\n"
                             "api: exec " TEAL_DEMO_APP_PATH " --name api-$VERSION\n");
        Process perform(site.process({"upgrade", "perform", "--auto-switch"}));
        wait_until([&] { return perform.out().find("health") != std::string::npos; }, 20s,
                   "the standby to be awaited");
        disk.fill();
        site.workspace.write("shop/gate", "");
        REQUIRE(perform.wait(60s));
        result = {.exit_code = perform.exit_code(), .out = perform.out(), .err = perform.err()};
        CHECK(result.exit_code == 3);
        CHECK_THAT(result.err, ContainsSubstring("No space left on device"));
    }
    INFO(result.out << result.err);
    load->wait_for_more(50, 20s);
    CHECK(site.served() == "web-v1");
    disk.free_space();
    const RunResult again = site.perform();
    INFO(again.out << again.err);
    CHECK(again.exit_code == 0);
    CHECK(site.served() == "web-v2");
    load->stop();
    INFO(load->results().summary());
    CHECK(load->results().failed() == 0);
}

TEST_CASE("down stops everything, and a deployment begins anew", "[deployment]") {
    ProcfileSite site;
    deploy_first(site);
    const RunResult unasked = site.teal({"upgrade", "down"});
    CHECK(unasked.exit_code == 2);
    CHECK_THAT(unasked.err, ContainsSubstring("next: add --yes"));
    CHECK(site.served() == "web-v1");

    const RunResult down = site.teal({"upgrade", "down", "--yes"});
    INFO(down.out << down.err);
    CHECK(down.exit_code == 0);
    CHECK_THAT(down.out, ContainsSubstring("2 ended, blue served until now"));
    CHECK(site.active() == "none");
    CHECK(http_get(Endpoint::loopback(site.port), "/").status == 502);
    CHECK_FALSE(fs::exists(site.deployments / "active"));

    site.write_version("v2");
    deploy(site, "v2");
    CHECK(site.active() == "blue");
    const RunResult back = site.teal({"upgrade", "rollback"});
    INFO(back.out << back.err);
    CHECK(back.exit_code == 0);
    CHECK(site.served() == "web-v1");
    site.nginx->expect_log("no live upstreams");
}

TEST_CASE("after a reboot the agent starts what served, once the table is there", "[deployment]") {
    ProcfileSite site;
    deploy_first(site);
    site.write_version("v2");
    REQUIRE(site.perform().exit_code == 0);
    // A reboot takes supervisors and processes; the table comes back from its saved copy.
    REQUIRE(site.processes("green").size() == 4);
    site.kill_processes("blue");
    site.kill_processes("green");
    CHECK(http_get(Endpoint::loopback(site.port), "/").status == 502);
    site.write_version("v3");  // not what served

    const RunResult looked = site.teal({"agent", "--once"});
    INFO(looked.out << looked.err);
    CHECK(looked.exit_code == 0);
    CHECK_THAT(looked.out, ContainsSubstring("green (green-") &&
                               ContainsSubstring("nothing of it ran: started again"));
    wait_until([&] { return site.served() == "web-v2"; }, 10s, "the version that served");
    wait_until([&] { return site.served("/api/") == "api-v2"; }, 10s, "its api");
    CHECK(site.processes("blue").empty());
    CHECK(site.teal({"agent", "--once"}).out.empty());
    site.nginx->expect_log("connect\\(\\) failed");
    site.nginx->expect_log("no live upstreams");
}

TEST_CASE("without --auto-switch and without a terminal it is deployed, not switched",
          "[deployment]") {
    ProcfileSite site;
    deploy_first(site);
    site.write_version("v2");
    const RunResult result = site.teal({"upgrade", "perform"});
    INFO(result.out << result.err);
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, ContainsSubstring("next: teal upgrade switch green"));
    CHECK(site.served() == "web-v1");
    const RunResult switched = site.teal({"upgrade", "switch", "green"});
    INFO(switched.out << switched.err);
    CHECK(switched.exit_code == 0);
    CHECK(site.served() == "web-v2");
    CHECK_THAT(site.must({"upgrade", "switch", "green"}), ContainsSubstring("serves already"));

    const RunResult cleanup = site.teal({"upgrade", "cleanup", "green"});
    CHECK(cleanup.exit_code == 1);
    CHECK_THAT(cleanup.err, ContainsSubstring("green serves"));
    CHECK(site.served() == "web-v2");
}

TEST_CASE("lost and wrong records are made good from the table", "[deployment]") {
    ProcfileSite site;
    deploy_first(site);
    site.write_version("v2");
    REQUIRE(site.perform().exit_code == 0);
    fs::remove(site.deployments / "active");
    CHECK(site.active() == "green");
    std::ofstream(site.deployments / "history.json") << "{ damaged";
    const RunResult back = site.teal({"upgrade", "rollback"});
    INFO(back.out << back.err);
    CHECK(back.exit_code == 0);
    CHECK_THAT(back.err, ContainsSubstring("history.json was damaged"));
    CHECK(read_file(site.deployments / "active") == "blue\n");
    CHECK(site.served() == "web-v1");

    // A snapshot that was tampered with is not brought back.
    REQUIRE(site.teal({"upgrade", "cleanup", "green"}).exit_code == 0);
    for (const std::string& name : snapshots_in(site.deployments)) {
        if (name.starts_with("green")) {
            std::ofstream(site.deployments / name / ".env", std::ios::app) << "VERSION=evil\n";
        }
    }
    const RunResult refused = site.teal({"upgrade", "rollback"});
    CHECK(refused.exit_code == 3);
    CHECK_THAT(refused.err, ContainsSubstring(".env was changed since it was made"));
    CHECK(site.served() == "web-v1");
}

TEST_CASE("a project in a directory with spaces and unicode in its name", "[deployment]") {
    ProcfileSite site("my shop é");
    deploy_first(site);
    site.write_version("v2");
    const RunResult result = site.perform();
    INFO(result.out << result.err);
    CHECK(result.exit_code == 0);
    CHECK(site.served() == "web-v2");
}

TEST_CASE("wrong input names the thing, the value and the next step, and changes nothing",
          "[deployment]") {
    ProcfileSite site;
    deploy_first(site);
    struct Case {
        std::vector<std::string> words;
        int code;
        const char* says;
        const char* next;
    };
    const Case cases[] = {
        {{"upgrade", "switch", "gren"}, 2, "did you mean \"green\"?", "use blue or green"},
        {{"upgrade", "switch", "green"}, 2, "green has never been deployed", "perform"},
        {{"upgrade", "rollback", "--to", "blue-20200101-000000"},
         2,
         "there is no snapshot",
         "use one of"},
        {{"upgrade", "rollback"}, 2, "nothing to roll back to", "history"},
        {{"upgrade", "perform", "--timeout", "soon"}, 2, "--timeout \"soon\"", "use 0 to"},
        {{"upgrade", "perform", "--build", "--pull"}, 2, "--build and --pull", "one of them"},
        {{"upgrade", "perfrom"}, 2, "did you mean \"perform\"?", "--help"},
    };
    for (const Case& wrong : cases) {
        const RunResult result = site.teal(wrong.words);
        INFO(result.out << result.err);
        CHECK(result.exit_code == wrong.code);
        CHECK_THAT(result.err, ContainsSubstring(wrong.says));
        CHECK_THAT(result.err, ContainsSubstring(wrong.next));
    }
    CHECK(site.served() == "web-v1");
    CHECK(site.active() == "blue");
}
