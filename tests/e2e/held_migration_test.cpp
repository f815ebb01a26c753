// `teal upgrade perform --hold-for-migration CMD` under load: the migration runs while nobody is
// served, nobody fails, and whatever goes wrong leaves the old version serving.
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
    const RunResult next = site.perform();  // the next command carries on
    INFO(next.out << next.err);
    CHECK(next.exit_code == 0);
    CHECK(site.served() == "web-v2");
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
