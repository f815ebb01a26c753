// Canaries whose driver, workers or machine die, and those that are left to the evidence.
#include "cli/output/quantities.hpp"
#include "tests/e2e/canary_site.hpp"

#include <csignal>

using namespace teal;
using namespace teal::e2e;
using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;

TEST_CASE("a reboot in the middle of a ramp: it goes on once its canary is back", "[canary]") {
    CanarySite site;
    auto web = site.visitors();
    auto api = site.visitors("/api/");
    Process before(site.process({"agent"}));
    REQUIRE(site.start({"--steps", "30", "--hold", "3s", "--lease", "1s", "--detach"}).exit_code ==
            0);
    wait_until([&] { return web->count("web-v2") > 0; }, 20s, "the canary to have traffic");
    stop_well(*web);
    stop_well(*api);
    before.signal(SIGKILL);
    REQUIRE(before.wait(10s));
    site.kill_processes("blue");
    site.kill_processes("green");
    const Json at_reboot = site.file();
    wait_until([&] { return cli::now_unix_ns() > at_reboot.at("lease_expires_unix_ns"); }, 10s,
               "the lease to end");

    Process agent(site.process({"agent"}));
    wait_until(
        [&] {
            return site.served().starts_with("web-v") && site.served("/api/").starts_with("api-v");
        },
        20s, "what served to be started again");
    web = site.visitors();
    api = site.visitors("/api/");
    site.wait_for_phase("promoted");
    CHECK(site.served() == "web-v2");
    CHECK(site.file().at("started_unix_ns") == at_reboot.at("started_unix_ns"));
    agent.signal(SIGTERM);
    REQUIRE(agent.wait(20s));
    INFO(agent.out() << agent.err());
    CHECK_THAT(agent.out(), ContainsSubstring("started again"));
    stop_well(*web);
    stop_well(*api);
    site.nginx->expect_log("connect\\(\\) failed");
    site.nginx->expect_log("no live upstreams");
}

TEST_CASE("a canary fails while neither a driver nor any worker is left alive", "[canary]") {
    CanarySite site("--status 500");
    site.nginx->expect_log("the guard has tripped");
    const RunResult begun =
        site.start({"--steps", "50", "--hold", "60s", "--lease", "10min", "--detach"});
    INFO(begun.out << begun.err);
    REQUIRE(begun.exit_code == 0);
    for (const pid_t worker : site.nginx->worker_pids()) {
        site.nginx->kill_worker(worker, SIGKILL);
    }
    auto web = site.visitors();
    wait_until([&] { return web->total() > 100 && !site.is_served_by("v2"); }, 30s,
               "the guard to trip");
    stop_well(*web);
    CHECK(site.phase() == "running");  // nobody has looked yet
    CHECK(site.teal({"agent", "--once"}).exit_code == 0);
    CHECK(site.phase() == "tripped");
    CHECK(site.history().back().at("outcome") == "tripped");
}

TEST_CASE("teal canary drive goes on with what nobody drives, and is refused otherwise",
          "[canary]") {
    CanarySite site;
    auto web = site.visitors();
    auto api = site.visitors("/api/");
    REQUIRE(site.start({"--steps", "40", "--hold", "2s", "--detach"}).exit_code == 0);
    Process driver(site.process({"canary", "drive"}));
    wait_until([&] { return !site.status().at("driver").is_null(); }, 10s, "it to be driven");
    const RunResult second = site.teal({"canary", "drive"});
    CHECK(second.exit_code == 1);
    CHECK_THAT(second.err, ContainsSubstring("teal canary drive") &&
                               ContainsSubstring("teal canary status --watch"));
    REQUIRE(driver.wait(30s));
    INFO(driver.out() << driver.err());
    CHECK(driver.exit_code() == 0);
    CHECK_THAT(driver.out(), ContainsSubstring("promoted"));
    CHECK_FALSE(site.is_served_by("v1"));
    stop_well(*web);
    stop_well(*api);
}

TEST_CASE("--until-evidence: as fast as the evidence allows, and not without", "[canary]") {
    CanarySite site;
    auto web = site.visitors();
    const auto start = [&](const std::string& patience) {
        return site.teal({"canary", "start", "--split", "app", "--steps", "50", "--slow", "off",
                          "--max-errors", "0", "--until-evidence", "--patience", patience,
                          "--on-inconclusive", "abort"});
    };
    SECTION("a service that never fails gives none") {
        const RunResult result = start("1500ms");
        INFO(result.out << result.err);
        CHECK(result.exit_code == 8);
        CHECK_THAT(result.out, ContainsSubstring("inconclusive"));
        CHECK_FALSE(site.is_served_by("v2"));
    }
    SECTION("failures of both alike show that the canary is no worse") {
        auto failing = site.visitors("/status/500");
        const RunResult result = start("60s");
        failing->stop();
        INFO(result.out << result.err);
        CHECK(result.exit_code == 0);
        CHECK_FALSE(site.is_served_by("v1"));
        const Json split = site.status().at("splits")[0];
        CHECK(split.at("canary").at("failures") > 0);
        CHECK(split.at("log_no_worse") >= split.at("promotion_threshold"));
    }
    stop_well(*web);
}

TEST_CASE("what is slow is taken from the baseline when nobody says", "[canary]") {
    CanarySite site("--delay 400");
    site.nginx->expect_log("the guard has tripped");
    auto web = site.visitors();
    web->wait_for_more(300, 20s);
    const RunResult plan = site.teal({"canary", "start", "--split", "app", "--dry-run", "--json"});
    const Json slow_us = Json::parse(plan.out).at("splits")[0].at("slow_us");
    INFO(plan.out);
    CHECK(slow_us.size() >= 1);
    CHECK(slow_us.back() < 400'000);
    const RunResult result =
        site.teal({"canary", "start", "--split", "app", "--steps", "50", "--hold", "60s"});
    INFO(result.out << result.err);
    CHECK(result.exit_code == 6);
    CHECK(site.status().at("splits")[0].at("canary").at("failures") == 0);
    stop_well(*web);
}
