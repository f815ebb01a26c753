// Rolling updates of the compose shop on a real docker engine, under load: services are replaced
// one after the other with no failed request; what fails is as it was; what was killed is carried
// on; the database is replaced while requests wait.
#include "tests/catch.hpp"
#include "tests/e2e/order_writer.hpp"
#include "tests/e2e/rolling_shop.hpp"
#include "tests/e2e/small_stack.hpp"
#include "tests/harness/wait.hpp"

#include <csignal>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

using namespace teal;
using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using e2e::RollingShop;

namespace {

using Json = nlohmann::json;

// Instead of PostgreSQL: ends when it is asked to.
constexpr char kNeverReady[] = "CMD [\"perl\", \"-e\", \"$SIG{INT} = sub { exit }; sleep\"]";

// The last line of a JSON stream.
Json result_in(const std::string& out) {
    std::istringstream lines(out);
    std::string last;
    for (std::string line; std::getline(lines, line);) {
        last = line;
    }
    return Json::parse(last);
}

// The small stack, with a job that api waits for: it writes down that it ran.
void put_stack_with_job(ComposeSite& site, const std::string& version, const std::string& job) {
    e2e::put_small_stack(site, version);
    const std::string api = "teal.split: api, teal.smoke: /api/}\n";
    site.replace("compose.yaml", api,
                 api +
                     "    depends_on: {migrate: {condition: service_completed_successfully}}\n"
                     "  migrate:\n    image: debian:bookworm-slim\n"
                     "    command: [sh, -c, \"" +
                     job + "\"]\n    environment: {VERSION: \"" + version +
                     "\"}\n    volumes: [\"./state:/state\"]\n");
}

}  // namespace

TEST_CASE("a job runs anew before what waits for it, and one that fails stops the update",
          "[docker]") {
    constexpr char kJob[] = "echo $$VERSION >> /state/runs";
    ComposeSite site;
    put_stack_with_job(site, "1", kJob);
    const RunResult first = site.perform({"--watch", "0"});
    INFO(first.out << first.err);
    REQUIRE(first.exit_code == 0);
    REQUIRE(site.read("state/runs") == "1\n");
    auto load = site.start_load("/api/", 50, 4);
    const std::vector<std::string> roll{"upgrade", "rolling", "migrate",    "api",
                                        "--watch", "0",       "--interval", "0.2"};

    put_stack_with_job(site, "2", kJob);
    const RunResult second = site.teal(roll);
    INFO(second.out << second.err);
    REQUIRE(second.exit_code == 0);
    CHECK(site.read("state/runs") == "1\n2\n");
    CHECK(second.out.find("migrate: updated") < second.out.find("api: Updating"));
    CHECK(site.served("/api/") == "api-2");
    // Although compose starts a service alone with another hash than with what it depends on.
    CHECK_THAT(site.teal(roll).out, ContainsSubstring("nothing was changed"));
    CHECK(site.read("state/runs") == "1\n2\n");  // it has run

    put_stack_with_job(site, "3", "exit 4");
    const RunResult failed = site.teal(roll);
    INFO(failed.out << failed.err);
    CHECK(failed.exit_code == 3);
    CHECK_THAT(failed.out,
               ContainsSubstring("failed      migrate: ") && ContainsSubstring("not begun   api"));
    CHECK(site.served("/api/") == "api-2");

    load->wait_for_more(10, 20s);
    load->stop();
    INFO(load->results().summary());
    CHECK(load->failed() == 0);
}

TEST_CASE("rolling updates of the shop under load fail no request, and go back", "[docker]") {
    RollingShop shop;
    shop.site.put_shop("2");
    const std::string plan = shop.site.must({"upgrade", "plan", "--rolling"});
    CHECK_THAT(plan, ContainsSubstring("Phase 1: non-critical services") &&
                         ContainsSubstring("Phase 2: critical services (one at a time)") &&
                         ContainsSubstring("in place (exists once: volume postgres)") &&
                         ContainsSubstring("entry of split web") &&
                         ContainsSubstring("nothing was changed"));
    const std::string database = shop.id_of("postgres");
    e2e::OrderWriter writer(shop.site.front());  // not idempotent: nobody retries these

    const RunResult result = shop.must_roll();
    INFO(result.out << result.err);
    shop.check_serves("2");
    CHECK_THAT(result.out,
               ContainsSubstring("Phase 1: Update non-critical services\n") &&
                   ContainsSubstring("  worker: Updating...\n") &&
                   ContainsSubstring("  (wait for health check)\n") &&
                   ContainsSubstring("  redis: up to date\n") &&
                   ContainsSubstring("Phase 2: Update critical services (one at a time)\n") &&
                   ContainsSubstring("  web: Updating...\n") &&
                   ContainsSubstring("  postgres: up to date\n"));
    CHECK(result.out.find("worker: Updating") < result.out.find("Phase 2"));
    CHECK(result.out.find("web: Updating") > result.out.find("Phase 2"));
    CHECK(shop.id_of("postgres") == database);
    shop.check_no_failure();
    CHECK_THAT(shop.must_roll().out, ContainsSubstring("nothing was changed"));

    // Compose finds what it would have made: nothing to do.
    const std::string snapshot =
        Json::parse(shop.site.must({"upgrade", "status", "--json"})).at("blue").at("snapshot");
    const auto before = containers_of(shop.site.name + "-blue");
    docker_output({"compose", "--env-file", "/dev/null", "-p", shop.site.name + "-blue", "-f",
                   (shop.site.deployments / snapshot / "docker-compose.yml").string(), "up",
                   "--detach", "--no-build", "--pull", "never"});
    CHECK(containers_of(shop.site.name + "-blue") == before);

    CHECK(shop.failed_attempts() == 0);

    // Back, the same way.
    const RunResult back = shop.site.teal({"upgrade", "rollback"}, 300s);
    INFO(back.out << back.err);
    CHECK(back.exit_code == 0);
    shop.check_serves("1");
    shop.check_no_failure();

    // Afterwards a deployment is an ordinary one.
    shop.site.put_shop("4");
    const RunResult beside = shop.site.perform();
    INFO(beside.out << beside.err);
    CHECK(beside.exit_code == 0);
    CHECK(shop.site.served() == "web-4");
    CHECK(shop.site.active() == "green");
    shop.check_no_failure();
    CHECK(shop.failed_attempts() == 0);
    writer.stop();
    INFO(writer.placed().size() << " orders");
    CHECK(writer.failures().empty());
    CHECK(e2e::orders_in(shop.site.name).size() == writer.placed().size());
}

TEST_CASE("a rolling update that fails or is killed leaves the service as it was, and goes on",
          "[docker]") {
    RollingShop shop;
    shop.site.put_shop("2");
    shop.site.replace("compose.yaml", "command: [python3, web.py]", "command: [sleep, infinity]");
    const RunResult stopped = shop.roll({"--timeout", "3"});
    INFO(stopped.out << stopped.err);
    CHECK(stopped.exit_code == 3);
    CHECK_THAT(stopped.out, ContainsSubstring("the rolling update stopped") &&
                                ContainsSubstring("done        worker, api") &&
                                ContainsSubstring("web runs as before") &&
                                ContainsSubstring("teal upgrade rolling --continue"));
    CHECK(shop.site.served() == "web-1");
    CHECK(shop.site.served("/api/health") == "api-2");
    CHECK(shop.site.endpoints("web", "blue").size() == 2);
    CHECK(containers_of(shop.site.name + "-blue").size() == 4);
    CHECK_THAT(shop.site.must({"upgrade", "status"}),
               ContainsSubstring("Rolling update: stopped: web"));
    shop.check_no_failure();

    // Corrected, and killed as soon as the new container runs: nobody has found it healthy yet.
    shop.site.put_shop("2");
    Process command(shop.site.process({"upgrade", "rolling", "--continue", "--interval", "2"}));
    const std::string running = "label=com.docker.compose.project=" + shop.site.name + "-blue";
    wait_until(
        [&] {
            std::istringstream ids(docker_output({"ps", "--quiet", "--filter", running}));
            return std::distance(std::istream_iterator<std::string>(ids), {}) == 5;
        },
        60s, "a third container of web");
    command.signal(SIGKILL);
    CHECK(command.wait(10s));
    CHECK(shop.state_of("web") == "under way");
    CHECK_THAT(shop.site.must({"upgrade", "status"}), ContainsSubstring("interrupted at web"));
    shop.site.must({"agent", "--once"});  // and so it does not give it traffic either
    CHECK(shop.site.endpoints("web", "blue").size() == 2);
    const RunResult result = shop.must_roll({"--continue"});
    INFO(result.out << result.err);
    CHECK_THAT(result.out, ContainsSubstring("interrupted at web"));
    shop.check_serves("2");
    const RunResult nothing = shop.roll({"--continue"});
    CHECK(nothing.exit_code == 5);

    // Back to where it began, not to where it was stopped.
    const RunResult back = shop.site.teal({"upgrade", "rollback"}, 300s);
    INFO(back.out << back.err);
    CHECK(back.exit_code == 0);
    shop.check_serves("1");
    shop.check_no_failure();
}

TEST_CASE("the database is replaced while requests wait, and none fails", "[docker]") {
    RollingShop shop;
    const std::string before = shop.id_of("postgres");
    shop.site.replace("Dockerfile", "CMD [\"/serve-postgres\"]",
                      "ENV REPLACED=1\nCMD [\"/serve-postgres\"]");
    const RunResult result = shop.must_roll({"--json"});
    INFO(result.out << result.err);
    const Json rolled = result_in(result.out);
    CHECK(rolled.at("outcome") == "rolled");
    for (const Json& step : rolled.at("services")) {
        if (step.at("service") != "postgres") {
            CHECK(step.at("state") == "up to date");
            continue;
        }
        CHECK(step.at("means") == "in place");
        CHECK(step.at("downtime_s") > 0.0);
        CHECK(step.at("requests_held") > 0);
        CHECK(step.at("longest_hold_s") > 0.0);
        WARN("database down for " << step.at("downtime_s") << " s, longest held request "
                                  << step.at("longest_hold_s") << " s, " << step.at("requests_held")
                                  << " held");
    }
    CHECK(shop.id_of("postgres") != before);
    shop.check_serves("1");
    shop.check_no_failure();

    // Killed while it is away: requests wait until somebody carries on, or --hold-max is over.
    shop.site.replace("Dockerfile", "ENV REPLACED=1", "ENV REPLACED=3");
    Process command(shop.site.process({"upgrade", "rolling"}));
    const std::string running = shop.id_of("postgres");
    wait_until([&] { return shop.id_of("postgres") != running; }, 60s, "the database to end");
    command.signal(SIGKILL);
    CHECK(command.wait(10s));
    CHECK(shop.record().at("held").size() == 2);
    const RunResult on = shop.must_roll({"--continue"});
    INFO(on.out << on.err);
    CHECK_THAT(on.out, ContainsSubstring("interrupted at postgres"));
    CHECK(shop.record().at("held").empty());
    shop.check_serves("1");
    shop.check_no_failure();

    // One that does not get healthy: the former one runs again, with its data.
    const std::string kept = shop.id_of("postgres");
    shop.site.replace("Dockerfile", "CMD [\"/serve-postgres\"]", kNeverReady);
    const RunResult stopped = shop.roll({"--timeout", "4"});
    INFO(stopped.out << stopped.err);
    CHECK(stopped.exit_code == 3);
    CHECK_THAT(stopped.out, ContainsSubstring("postgres runs as before"));
    CHECK(shop.id_of("postgres") != kept);
    shop.check_serves("1");
    shop.check_no_failure();

    // The check can fail: without waiting, requests do.
    shop.site.replace("Dockerfile", kNeverReady, "ENV REPLACED=2\nCMD [\"/serve-postgres\"]");
    shop.must_roll({"--no-hold"});
    CHECK(shop.orders->failed() > 0);
}
