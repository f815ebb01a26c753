// `teal upgrade perform --hold-for-migration CMD` under load: the migration runs while nobody is
// served, nobody fails, and whatever goes wrong leaves the old version serving.
#include "cli/process/process_identity.hpp"
#include "tests/catch.hpp"
#include "tests/e2e/procfile_site.hpp"
#include "tests/harness/wait.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace teal;
using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using e2e::ProcfileSite;

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct MigratedSite : ProcfileSite {
    MigratedSite() {
        must({"upgrade", "perform", "--auto-switch"});
        write_version("v2");
    }
    RunResult migrate(const std::string& command, const std::string& longest = "20s") const {
        return perform({"--hold-for-migration", command, "--hold-max", longest});
    }
    json last_of_history() const {
        return json::parse(must({"upgrade", "history", "--json"})).at("history").back();
    }
    json hold_of(const std::string& split) const {
        const json shown = json::parse(
            must({"traffic", "show", split, "--interval", "0", "--json", "--table", table}));
        return shown["splits"][0]["hold"];
    }
    // Requests answered so far, which a hold keeps as they are.
    std::string file(const std::string& name) const { return (project / name).string(); }
};

void check_nobody_failed(Load& load) {
    load.wait_for_more(50, 20s);
    load.stop();
    INFO(load.results().summary());
    CHECK(load.results().failed() == 0);
}

}  // namespace

TEST_CASE("a migration runs while requests wait, then the new version has them all",
          "[deployment][hold]") {
    const MigratedSite site;
    auto load = site.start_load();
    auto api = site.start_load("/api/");
    load->wait_for_more(100, 20s);
    const RunResult result =
        site.migrate("echo migrating for $TEAL_COLOR; sleep 1; touch migrated");
    INFO(result.out << result.err);
    REQUIRE(result.exit_code == 0);
    CHECK_THAT(result.out, ContainsSubstring("migrating for green"));
    CHECK_THAT(result.out, ContainsSubstring("requests waited; the migration took 1."));
    CHECK(fs::exists(site.file("migrated")));
    CHECK(site.served() == "web-v2");
    CHECK(site.served("/api/") == "api-v2");
    const json hold = site.hold_of("app");
    CHECK(hold["held"] == false);
    CHECK(hold["requests"] > 0);
    CHECK(hold["longest_us"] > 900'000);
    CHECK(hold["expired"] == 0);
    CHECK(hold["passed"] == 0);
    const json entry = site.last_of_history();
    CHECK(entry["outcome"] == "switched");
    CHECK_THAT(entry["reason"].get<std::string>(), ContainsSubstring("held for "));
    CHECK_THAT(entry.dump(), !ContainsSubstring("migrating for"));  // a command may hold a password
    check_nobody_failed(*load);
    check_nobody_failed(*api);
}

TEST_CASE("a migration that fails or lasts too long leaves everybody on the old version",
          "[deployment][hold]") {
    const MigratedSite site;
    auto load = site.start_load();
    load->wait_for_more(100, 20s);
    const RunResult failed = site.migrate("echo no such column; exit 7");
    INFO(failed.out << failed.err);
    CHECK(failed.exit_code == 3);
    CHECK_THAT(failed.out + failed.err, ContainsSubstring("no such column"));
    CHECK_THAT(failed.err, ContainsSubstring("the migration failed with exit code 7"));
    CHECK(site.hold_of("app")["held"] == false);
    CHECK(site.served() == "web-v1");
    CHECK(site.active() == "blue");
    CHECK(site.last_of_history()["phase"] == "migration");
    CHECK(site.last_of_history()["outcome"] == "failed");

    const RunResult late = site.migrate("sleep 60", "1500ms");
    INFO(late.out << late.err);
    CHECK(late.exit_code == 3);
    CHECK_THAT(late.err, ContainsSubstring("the migration was stopped after 1."));
    CHECK(site.hold_of("app")["held"] == false);
    CHECK(site.served() == "web-v1");
    CHECK(site.hold_of("app")["expired"] == 0);  // released before its deadline
    check_nobody_failed(*load);
}

TEST_CASE("a signal ends the migration and releases who waits at once", "[deployment][hold]") {
    const MigratedSite site;
    auto load = site.start_load();
    load->wait_for_more(100, 20s);
    const struct {
        int signal;
        std::string name;
        std::string command;
    } all[] = {
        {SIGINT, "SIGINT", "echo $$ > group; touch begun; sleep 60; touch ended"},
        // What it started minds no SIGTERM, nobody hears it, and it must not run on either.
        {SIGTERM, "SIGTERM",
         "(trap '' TERM; touch begun; sleep 60; touch ended) >/dev/null 2>&1 & "
         "echo $$ > group; wait"},
    };
    for (const auto& one : all) {
        CAPTURE(one.name);
        fs::remove(site.file("begun"));
        fs::remove(site.file("group"));
        Process victim(site.process({"upgrade", "perform", "--auto-switch", "--hold-for-migration",
                                     one.command, "--hold-max", "50s"}));
        wait_until(
            [&] {
                return fs::exists(site.file("begun")) && fs::exists(site.file("group")) &&
                       site.hold_of("app")["waiting"] > 0;
            },
            30s, "the migration runs and requests wait");
        const auto before = load->results().total();
        const auto signalled = std::chrono::steady_clock::now();
        victim.signal(one.signal);
        if (one.signal == SIGTERM) {
            victim.signal(SIGINT);  // in a hurry
        }
        wait_until([&] { return load->results().total() > before; }, 20s, "requests go on");
        REQUIRE(victim.wait(20s));
        CHECK(std::chrono::steady_clock::now() - signalled < 20s);
        INFO(victim.out() << victim.err());
        CHECK(victim.exit_code() == 3);
        CHECK_THAT(victim.err(), ContainsSubstring("was interrupted in phase migration") &&
                                     ContainsSubstring("by SIG"));
        pid_t group = 0;
        std::ifstream(site.file("group")) >> group;
        REQUIRE(group > 0);
        CHECK_FALSE(cli::is_group_alive(group));
        CHECK_FALSE(fs::exists(site.file("ended")));
        const json hold = site.hold_of("app");
        CHECK(hold["held"] == false);
        CHECK(hold["expired"] == 0);
        CHECK(site.served() == "web-v1");
        CHECK(site.active() == "blue");
        CHECK(site.last_of_history()["outcome"] == "interrupted");
        CHECK(site.last_of_history()["phase"] == "migration");
    }
    const RunResult next = site.perform();  // nothing is left to be settled
    INFO(next.out << next.err);
    CHECK(next.exit_code == 0);
    CHECK_THAT(next.out + next.err, !ContainsSubstring("interrupted"));
    CHECK(site.served() == "web-v2");
    check_nobody_failed(*load);
}

TEST_CASE("killed while the migration runs, the hold ends at its deadline and nobody fails",
          "[deployment][hold]") {
    const MigratedSite site;
    auto load = site.start_load();
    load->wait_for_more(100, 20s);
    {
        Process victim(site.process({"upgrade", "perform", "--auto-switch", "--hold-for-migration",
                                     "touch begun; sleep 30; touch ended", "--hold-max", "3s"}));
        wait_until([&] { return fs::exists(site.file("begun")); }, 30s, "the migration runs");
        CHECK(site.hold_of("app")["held"] == true);
        victim.signal(SIGKILL);
        REQUIRE(victim.wait(10s));
    }
    wait_until([&] { return site.hold_of("app")["waiting"] == 0; }, 20s, "nobody waits any more");
    CHECK(site.hold_of("app")["held"] == false);
    CHECK(site.hold_of("app")["expired"] > 0);
    CHECK(site.served() == "web-v1");
    CHECK_FALSE(fs::exists(site.file("ended")));
    check_nobody_failed(*load);
    const std::string told = "was interrupted in phase migration: blue still serves";
    CHECK_THAT(site.must({"upgrade", "status"}), ContainsSubstring(told));
    const RunResult next = site.perform();  // the next command carries on
    INFO(next.out << next.err);
    CHECK(next.exit_code == 0);
    CHECK_THAT(next.out + next.err, ContainsSubstring(told));
    CHECK(site.served() == "web-v2");
    const json history = json::parse(site.must({"upgrade", "history", "--json"})).at("history");
    const json& killed = history.at(history.size() - 2);
    CHECK(killed["outcome"] == "interrupted");
    CHECK(killed["phase"] == "migration");
}

TEST_CASE("what cannot be held for is refused before anything is built", "[deployment][hold]") {
    const MigratedSite site;
    const RunResult canary = site.perform({"--canary", "--hold-for-migration", "true"});
    CHECK(canary.exit_code == 2);
    CHECK_THAT(canary.err, ContainsSubstring("--canary"));
    CHECK(site.migrate("true", "1h").exit_code == 2);
    CHECK(site.migrate("  ").exit_code == 2);
    CHECK(site.served() == "web-v1");
}

TEST_CASE("whatever tells of traffic tells of a hold, and of its end", "[deployment][hold]") {
    const MigratedSite site;
    auto load = site.start_load();
    load->wait_for_more(100, 20s);
    const std::vector<std::string> texts[] = {
        {"status"},
        {"status", "--watch", "--count", "1", "--interval", "0.1"},
        {"upgrade", "status"},
        {"traffic", "show", "--interval", "0"},
        {"traffic", "watch", "--count", "1", "--interval", "0.1"},
        {"doctor"},
    };
    const auto told = [&](std::vector<std::string> words) {
        if (words[0] == "traffic") {
            words.insert(words.end(), {"--table", site.table});
        }
        return site.teal(words).out;
    };
    site.must({"traffic", "pause", "app", "--max", "1m", "--table", site.table});
    wait_until([&] { return site.hold_of("app")["waiting"] == 16; }, 20s, "all visitors wait");
    for (const auto& words : texts) {
        CAPTURE(words);
        CHECK_THAT(told(words), Catch::Matchers::Matches("[^]*app[^]* held[^]*16 [^]*wait[^]*"));
    }
    const json status = json::parse(site.must({"status", "--json"}));
    CHECK(status["traffic"]["splits"][0]["hold"]["held"] == true);
    CHECK(status["traffic"]["splits"][0]["hold"]["waiting"] == 16);
    site.must({"traffic", "resume", "app", "--table", site.table});
    for (const auto& words : texts) {
        CAPTURE(words);
        CHECK_THAT(told(words), !ContainsSubstring("held"));
    }
    check_nobody_failed(*load);
}
