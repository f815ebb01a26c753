// Canaries of a Procfile project under load, on a real nginx: promoted or given up, driven by
// whoever is there, and never at the cost of a request.
#include "tests/e2e/canary_site.hpp"
#include "tests/harness/http_client.hpp"

#include <csignal>
#include <nlohmann/json.hpp>

using namespace teal;
using namespace teal::e2e;
using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("a healthy canary is promoted under load, both splits together", "[canary]") {
    CanarySite site;
    auto web = site.visitors();
    auto api = site.visitors("/api/");
    const RunResult result = site.start({"--steps", "20,60", "--hold", "600ms"});
    INFO(result.out << result.err);
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, ContainsSubstring("green has 20 %"));
    CHECK_THAT(result.out, ContainsSubstring("green has 60 %"));
    CHECK_THAT(result.out, ContainsSubstring("promoted: green has all traffic"));
    web->wait_for_more(50, 20s);
    CHECK_FALSE(site.is_served_by("v1"));
    CHECK(site.served("/api/") == "api-v2");
    stop_well(*web);
    stop_well(*api);

    CHECK(site.active() == "green");
    CHECK(site.split().guard.armed == 0);
    CHECK(site.split().guard.lease_expires_unix_ns == 0);
    CHECK(site.split().find("blue")->state == table::VariantState::closed);
    const Json last = site.history().back();
    CHECK(last.at("operation") == "canary");
    CHECK(last.at("outcome") == "promoted");
    CHECK(last.at("to") == "green");
    // It serves, and what served before is a rollback away.
    CHECK(site.teal({"upgrade", "rollback"}).exit_code == 0);
    CHECK(site.served() == "web-v1");
}

TEST_CASE("a canary that fails is tripped, and no visitor sees it", "[canary]") {
    CanarySite site("--status 500");
    site.nginx->expect_log("the guard has tripped");
    auto web = site.visitors();
    const RunResult result =
        site.teal({"canary", "start", "--split", "app", "--steps", "50", "--hold", "60s"});
    INFO(result.out << result.err);
    CHECK(result.exit_code == 6);
    CHECK_THAT(result.out, ContainsSubstring("tripped: app:"));
    CHECK(web->count("web-v1") > 0);
    stop_well(*web);
    CHECK_FALSE(site.is_served_by("v2"));
    CHECK(site.active() == "blue");
    const table::SplitImage app = site.split();
    CHECK(app.find("green")->weight_ppm == 0);
    CHECK(app.find("green")->state == table::VariantState::closed);
    CHECK_FALSE(app.find("green")->endpoints.empty());  // kept, to be looked at
    CHECK(app.guard.armed == 0);
    const Json status = site.status();
    CHECK(status.at("phase") == "tripped");
    CHECK(status.at("splits")[0].at("canary").at("failures") > 0);
    CHECK(status.at("splits")[0].at("log_evidence") >= status.at("splits")[0].at("threshold"));
    CHECK(site.history().back().at("outcome") == "tripped");
    CHECK_THAT(site.events().back(), Catch::Matchers::StartsWith("tripped app "));
    CHECK_THAT(site.history().back().at("reason").get<std::string>(), ContainsSubstring("ln E"));
}

TEST_CASE("the driver is killed: the agent goes on where it was", "[canary]") {
    CanarySite site;
    auto web = site.visitors();
    auto api = site.visitors("/api/");
    {
        Process driver(site.process(site.start_words({"--steps", "30,60", "--hold", "1s"})));
        site.wait_for_weight(30);
        wait_until([&] { return site.file().at("told") == site.file().at("log").size(); }, 10s,
                   "all to be told");
        driver.signal(SIGKILL);
        REQUIRE(driver.wait(10s));
    }
    CHECK(site.phase() == "running");
    CHECK(site.status().at("driver").is_null());
    CHECK_THAT(site.must({"canary", "status"}), ContainsSubstring("nobody drives it"));
    Process agent(site.process({"agent"}));
    site.wait_for_phase("promoted");
    wait_until([&] { return site.history().back().at("outcome") == "promoted"; }, 20s,
               "the agent to record it");
    CHECK(site.active() == "green");
    CHECK_FALSE(site.is_served_by("v1"));
    agent.signal(SIGTERM);
    REQUIRE(agent.wait(20s));
    INFO(agent.out() << agent.err());
    CHECK(agent.exit_code() == 0);
    CHECK_THAT(agent.out(), ContainsSubstring("green has 60 %"));
    CHECK_THAT(agent.out(), !ContainsSubstring("green has 30 %"));  // that was told already
    stop_well(*web);
    stop_well(*api);
}

TEST_CASE("without any driver the traffic returns when the lease ends", "[canary]") {
    CanarySite site;
    auto web = site.visitors();
    const RunResult begun =
        site.start({"--steps", "50", "--hold", "60s", "--lease", "1s", "--detach"});
    INFO(begun.out << begun.err);
    REQUIRE(begun.exit_code == 0);
    wait_until([&] { return web->count("web-v2") > 0; }, 10s, "the canary to have traffic");
    wait_until([&] { return !site.is_served_by("v2"); }, 10s, "the traffic to return");
    CHECK(site.split().find("green")->weight_ppm == 500'000);  // decided in nginx
    {
        // Whoever drives it again goes on.
        Process agent(site.process({"agent"}));
        wait_until([&] { return site.is_served_by("v2"); }, 10s, "the canary to have it again");
        agent.signal(SIGTERM);
        REQUIRE(agent.wait(20s));
    }
    const RunResult aborted = site.teal({"canary", "abort", "--reason", "seen enough"});
    INFO(aborted.out << aborted.err);
    CHECK(aborted.exit_code == 0);
    CHECK(site.split().find("green")->weight_ppm == 0);
    CHECK(site.phase() == "aborted");
    CHECK_THAT(site.history().back().at("reason").get<std::string>(),
               ContainsSubstring("seen enough"));
    stop_well(*web);
}

TEST_CASE("pause, resume, set, and an approval by somebody else", "[canary]") {
    CanarySite site;
    auto web = site.visitors();
    auto api = site.visitors("/api/");
    Process driver(site.process(site.start_words(
        {"--steps", "20,60", "--hold", "300ms", "--require-approval", "60", "--four-eyes"})));
    site.wait_for_phase("waiting for approval");
    CHECK(site.status().at("weight_percent") == 20);
    CHECK_THAT(site.status().at("command").get<std::string>(),
               ContainsSubstring("teal canary approve"));
    const std::uint64_t generation = site.generation();
    const RunResult own = site.teal({"canary", "approve"});
    CHECK(own.exit_code == 2);
    CHECK_THAT(own.err, ContainsSubstring("--four-eyes asks for somebody else's"));
    CHECK(site.teal({"canary", "promote", "--yes"}).exit_code == 2);
    CHECK(site.teal({"canary", "promote"}).exit_code == 1);  // nobody there to say yes
    CHECK(site.generation() == generation);

    CHECK(site.teal({"canary", "pause"}).exit_code == 0);
    CHECK(site.phase() == "paused");
    CHECK(site.teal({"canary", "approve"}).exit_code == 2);
    CHECK(site.teal({"canary", "set", "7"}).exit_code == 0);
    CHECK(site.split().find("green")->weight_ppm == 70'000);
    CHECK(site.split("api").find("green")->weight_ppm == 70'000);
    CHECK(site.teal({"canary", "set", "70"}).exit_code == 2);  // over the step that waits
    CHECK(site.teal({"canary", "set", "101"}).exit_code == 2);
    CHECK(site.teal({"canary", "resume"}).exit_code == 0);
    site.wait_for_weight(20);
    site.wait_for_phase("waiting for approval");
    const RunResult other = site.as("bob", {"canary", "approve", "--reason", "looked at it"});
    INFO(other.out << other.err);
    CHECK(other.exit_code == 0);
    REQUIRE(driver.wait(30s));
    INFO(driver.out() << driver.err());
    CHECK(driver.exit_code() == 0);
    CHECK_THAT(driver.out(), ContainsSubstring("teal canary approve"));
    CHECK_THAT(site.history().back().at("reason").get<std::string>(),
               ContainsSubstring("60 % approved by bob (looked at it)"));
    stop_well(*web);
    stop_well(*api);
}

TEST_CASE("without requests nothing is promoted", "[canary]") {
    CanarySite site;
    const RunResult result =
        site.start({"--steps", "50", "--hold", "200ms", "--patience", "700ms"});
    INFO(result.out << result.err);
    CHECK(result.exit_code == 8);
    CHECK_THAT(result.out, ContainsSubstring("the canary had no requests"));
    CHECK(site.split().find("green")->weight_ppm == 500'000);
    CHECK(site.split().guard.on_lease_expiry == table::kLeaseHolds);
    // It is undecided, and everything else waits for a decision.
    for (const Words& words : {Words{"upgrade", "perform", "--auto-switch"},
                               Words{"upgrade", "switch", "green"}, Words{"upgrade", "rollback"}}) {
        const RunResult refused = site.teal(words);
        INFO(refused.out << refused.err);
        CHECK(refused.exit_code != 0);
        CHECK_THAT(refused.err, ContainsSubstring("teal canary abort"));
    }
    CHECK(site.start({"--steps", "50"}).exit_code == 2);
    CHECK(site.teal({"canary", "abort"}).exit_code == 0);
    CHECK(site.split().find("green")->weight_ppm == 0);
    const RunResult back = site.start(
        {"--steps", "50", "--hold", "200ms", "--patience", "500ms", "--on-inconclusive", "abort"});
    CHECK(back.exit_code == 8);
    CHECK(site.split().find("green")->weight_ppm == 0);
    CHECK(site.active() == "blue");
}

TEST_CASE("perform --canary deploys and ramps in one go", "[canary]") {
    CanarySite site("", false);
    auto web = site.visitors();
    auto api = site.visitors("/api/");
    const std::uint64_t generation = site.generation();
    const RunResult dry = site.teal({"upgrade", "perform", "--canary", "20,60", "--hold", "500ms",
                                     "--require-approval", "60", "--dry-run"});
    INFO(dry.out << dry.err);
    CHECK(dry.exit_code == 0);
    CHECK_THAT(dry.out,
               ContainsSubstring("Canary, instead of the switch") &&
                   ContainsSubstring("steps 20 % 60 % (needs approval) 100 %, 0.5 s each"));
    CHECK(site.teal({"upgrade", "perform", "--canary", "60,20", "--dry-run"}).exit_code == 2);
    CHECK(site.generation() == generation);
    const RunResult good = site.teal({"upgrade", "perform", "--canary", "20,60", "--hold", "500ms",
                                      "--slow", "off", "--auto-cleanup"});
    INFO(good.out << good.err);
    CHECK(good.exit_code == 0);
    CHECK_THAT(good.out, ContainsSubstring("green has 20 %"));
    CHECK_THAT(good.out, ContainsSubstring("green serves"));
    web->wait_for_more(50, 20s);
    CHECK_FALSE(site.is_served_by("v1"));
    CHECK(site.served("/api/") == "api-v2");
    CHECK(site.active() == "green");
    CHECK(site.split().find("blue")->endpoints.empty());  // cleaned up, as asked
    CHECK(site.history().back().at("outcome") == "promoted");

    site.nginx->expect_log("the guard has tripped");
    site.write_version("v3", "--status 500");
    const RunResult bad =
        site.teal({"upgrade", "perform", "--canary", "50", "--hold", "60s", "--slow", "off"});
    INFO(bad.out << bad.err);
    CHECK(bad.exit_code == 6);
    CHECK_THAT(bad.err, ContainsSubstring("the canary was tripped"));
    CHECK_FALSE(site.is_served_by("v3"));
    CHECK(site.active() == "green");
    CHECK(site.split("api").find("blue")->weight_ppm == 0);
    CHECK_FALSE(site.split().find("blue")->endpoints.empty());  // kept
    CHECK(site.history().back().at("outcome") == "tripped");
    stop_well(*web);
    stop_well(*api);
}

TEST_CASE("a killed perform --canary is finished by the agent, and recorded once", "[canary]") {
    CanarySite site("", false);
    auto web = site.visitors();
    auto api = site.visitors("/api/");
    {
        Process driver(site.process(
            {"upgrade", "perform", "--canary", "20,60", "--hold", "700ms", "--slow", "off"}));
        site.wait_for_weight(60);  // by weight, green has the most already
        driver.signal(SIGKILL);
        REQUIRE(driver.wait(10s));
    }
    CHECK_THAT(site.must({"upgrade", "status"}), ContainsSubstring("teal canary status"));
    Process agent(site.process({"agent"}));
    site.wait_for_phase("promoted");
    wait_until([&] { return site.file().at("recorded") == true; }, 20s, "it to be recorded");
    agent.signal(SIGTERM);
    REQUIRE(agent.wait(20s));
    INFO(agent.out() << agent.err());
    CHECK(site.active() == "green");
    unsigned promoted = 0;
    for (const Json& entry : site.history()) {
        promoted += entry.at("outcome") == "promoted" ? 1u : 0u;
        CHECK(entry.at("outcome") != "failed");
    }
    CHECK(promoted == 1);
    site.write_version("v3");
    CHECK(site.perform().exit_code == 0);
    CHECK(site.served() == "web-v3");
    CHECK(site.teal({"upgrade", "rollback"}).exit_code == 0);
    CHECK(site.served() == "web-v2");  // the canary has served
    stop_well(*web);
    stop_well(*api);
}

TEST_CASE("a driver that is told to end says who goes on; who watches sees the end", "[canary]") {
    CanarySite site;
    auto web = site.visitors();
    Process driver(site.process(site.start_words({"--steps", "30", "--hold", "60s"})));
    site.wait_for_weight(30);
    driver.signal(SIGTERM);
    REQUIRE(driver.wait(20s));
    CHECK(driver.exit_code() == 1);
    CHECK_THAT(driver.err(), ContainsSubstring("teal agent goes on"));
    CHECK(site.phase() == "running");

    Process watcher(site.process({"canary", "status", "--watch", "--json", "--interval", "0.05"}));
    wait_until([&] { return watcher.out().find("running") != std::string::npos; }, 10s,
               "the watcher to see it");
    const RunResult dry = site.teal({"canary", "abort", "--dry-run"});
    CHECK(dry.exit_code == 0);
    CHECK(site.phase() == "running");
    const RunResult aborted = site.teal({"canary", "abort", "--json"});
    CHECK(aborted.exit_code == 0);
    const std::size_t last_line = aborted.out.rfind('\n', aborted.out.size() - 2);
    const Json event =
        Json::parse(aborted.out.substr(last_line == std::string::npos ? 0 : last_line + 1));
    CHECK(event.at("what") == "aborted");
    CHECK(event.at("splits") == "app, api");
    REQUIRE(watcher.wait(10s));
    CHECK(watcher.exit_code() == 0);
    CHECK_THAT(watcher.out(), ContainsSubstring("\"phase\":\"aborted\""));
    stop_well(*web);
}

TEST_CASE("another command that moves the traffic ends the ramp, and keeps its word", "[canary]") {
    CanarySite site;
    auto web = site.visitors();
    Process driver(site.process(site.start_words({"--steps", "30", "--hold", "60s"})));
    site.wait_for_weight(30);
    const RunResult second = site.start({"--steps", "50"});
    CHECK(second.exit_code == 2);
    CHECK_THAT(second.err, ContainsSubstring("has a canary already"));
    REQUIRE(site.teal({"traffic", "set", "app", "green=5", "--table", site.table}).exit_code == 0);
    REQUIRE(driver.wait(30s));
    INFO(driver.out() << driver.err());
    CHECK(driver.exit_code() == 7);
    CHECK(site.split().find("green")->weight_ppm == 50'000);
    CHECK(site.split().guard.armed == 0);
    CHECK(site.split().guard.lease_expires_unix_ns == 0);
    stop_well(*web);
}

TEST_CASE("a wrong canary is refused, and traffic stays untouched", "[canary]") {
    CanarySite site("", false);
    const std::uint64_t generation = site.generation();
    struct Case {
        Words words;
        int code;
        const char* says;
        const char* next;
    };
    const Case cases[] = {
        {{"canary", "status"}, 5, "there is no canary", "teal canary start"},
        {{"canary", "abort"}, 5, "there is no canary", "teal canary start"},
        {{"canary", "start"}, 2, "no split has a standby", "teal upgrade perform"},
        {{"canary", "start", "--split", "app"}, 2, "split app has no standby", "perform"},
        {{"canary", "start", "--split", "ap"}, 2, "did you mean \"app\"?", "traffic show"},
        {{"canary", "start", "--split", "app", "--canary", "green"}, 2, "has no endpoint", "set"},
        {{"canary", "start", "--split", "app", "--canary", "blue"}, 2, "has 100 % of app", "most"},
        {{"canary", "start", "--steps", "50,20"}, 2, "20 % does not come above 50 %", "rise"},
        {{"canary", "start", "--steps", "50,200"}, 2, "more than 100 percent", "percent"},
        {{"canary", "start", "--alpha", "0.5"}, 2, "is not in (0, 0.1]", "1e-4"},
        {{"canary", "strat"}, 2, "did you mean \"start\"?", "--help"},
    };
    for (const Case& wrong : cases) {
        const RunResult result = site.teal(wrong.words);
        INFO(result.out << result.err);
        CHECK(result.exit_code == wrong.code);
        CHECK_THAT(result.err, ContainsSubstring(wrong.says));
        CHECK_THAT(result.err, ContainsSubstring(wrong.next));
    }
    CHECK(site.generation() == generation);
    REQUIRE(site.teal({"upgrade", "perform"}).exit_code == 0);
    const std::uint64_t deployed = site.generation();
    const RunResult several = site.teal({"canary", "start"});
    CHECK(several.exit_code == 2);
    CHECK_THAT(several.err, ContainsSubstring("several splits have a standby: app, api"));
    const RunResult dry = site.start({"--dry-run"});
    CHECK(dry.exit_code == 0);
    CHECK_THAT(dry.out, ContainsSubstring("app: canary green, baseline blue"));
    CHECK_THAT(dry.out, ContainsSubstring("nothing was changed"));
    CHECK(site.generation() == deployed);
    CHECK(site.teal({"canary", "status"}).exit_code == 5);
}
