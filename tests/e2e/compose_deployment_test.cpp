// Deployments of the compose shop on a real docker engine, under load: the new version takes the
// traffic with no failed request. What goes wrong: compose_failure_test.cpp.
#include "tests/catch.hpp"
#include "tests/e2e/order_writer.hpp"
#include "tests/harness/compose_site.hpp"
#include "tests/harness/docker_engine.hpp"
#include "tests/harness/docker_project.hpp"
#include "tests/harness/http_client.hpp"
#include "tests/harness/idle_connections.hpp"
#include "tests/harness/wait.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

using namespace teal;
using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

// What one request is decided for in both splits, in one answer.
constexpr char kColors[] =
    "    location = /colors {\n"
    "        add_header X-Colors \"$teal_web $teal_api\" always;\n"
    "        return 200 colors;\n    }\n";

// Which replica answered.
constexpr char kWhere[] =
    "    location = /where {\n"
    "        proxy_pass http://web/;\n"
    "        add_header X-Where $upstream_addr always;\n    }\n";

void deploy(const ComposeSite& site, const std::string& version,
            const std::vector<std::string>& more = {}) {
    const RunResult result = site.perform(more);
    INFO(result.out << result.err);
    REQUIRE(result.exit_code == 0);
    REQUIRE(site.served() == "web-" + version);
    REQUIRE(site.served("/api/health") == "api-" + version);
}

// Orders that were confirmed and are not in the database as they were.
std::vector<std::string> lost(const e2e::Orders& placed, const e2e::Orders& kept) {
    std::vector<std::string> numbers;
    for (const auto& [number, version] : placed) {
        const auto row = kept.find(number);
        if (row == kept.end() || row->second != version) {
            numbers.push_back(number);
        }
    }
    return numbers;
}

}  // namespace

TEST_CASE("deployments of the shop under load fail no request, cut nothing and lose no order",
          "[docker]") {
    ComposeSite site({.locations = kColors});
    site.put_shop("1");
    deploy(site, "1");
    auto pages = site.start_load("/", 100, 8);
    auto orders = site.start_load("/api/orders", 50, 4);
    auto colors = site.start_load("/colors", 500, 4, "X-Colors");
    e2e::OrderWriter writer(site.front());
    // Six here; twenty in bench_compose, beside their rollbacks.
    constexpr int kLast = 7;
    for (int i = 2; i <= kLast; ++i) {
        const std::string before = std::to_string(i - 1);
        const std::string version = std::to_string(i);
        IdleWebSockets sockets(site.front(), 5, "/socket");
        HttpResponse download;
        std::thread slow([&] { download = http_get(site.front(), "/download/600", {}, 60s); });
        site.put_shop(version);
        const RunResult result = site.perform({"--drain-timeout", "0.2"});
        INFO(result.out << result.err);
        CHECK(result.exit_code == 0);
        CHECK(site.served() == "web-" + version);
        CHECK(site.served("/api/health") == "api-" + version);
        CHECK(site.active() == (i % 2 == 0 ? "green" : "blue"));
        CHECK_THAT(result.out, ContainsSubstring("still in flight"));
        CHECK(sockets.broken() == 0);  // of the color that had the traffic before
        slow.join();
        CHECK(download.error == NetError::none);
        CHECK(download.body.size() == 600);
        CHECK(download.headers.get("X-Served-By") == "web-" + before);
        CHECK(sockets.broken() == 0);
        CHECK(sockets.close() == 0);
    }
    writer.stop();
    pages->stop();
    orders->stop();
    colors->stop();
    INFO(pages->results().summary() << "\n"
                                    << orders->results().summary() << "\n"
                                    << colors->results().summary());
    CHECK(pages->results().failed() == 0);
    CHECK(orders->results().failed() == 0);
    CHECK(colors->results().failed() == 0);
    CHECK(pages->results().count("web-1") > 0);
    CHECK(pages->results().count("web-" + std::to_string(kLast)) > 0);
    // Two entries, two splits, one flip: no request ever saw one split before and one after it.
    CHECK(colors->results().count("blue blue") > 0);
    CHECK(colors->results().count("green green") > 0);
    CHECK(colors->results().count("blue blue") + colors->results().count("green green") ==
          colors->results().total());

    INFO(writer.placed().size() << " orders");
    CHECK(writer.failures().empty());
    const e2e::Orders kept = e2e::orders_in(site.name);
    std::set<std::string> versions;
    for (const auto& [number, version] : writer.placed()) {
        versions.insert(version);
    }
    CHECK(lost(writer.placed(), kept).empty());
    CHECK(kept.size() == writer.placed().size());
    CHECK(versions.size() == kLast);
    CHECK(containers_of(site.name).size() == 2);  // PostgreSQL and Redis, once

    // Each of these checks can fail.
    CHECK(lost(writer.placed(), {}).size() == writer.placed().size());
    site.must({"traffic", "set", "web", "green=100", "--state", "open"});
    CHECK(http_get(site.front(), "/colors").headers.get("X-Colors") == "green blue");
    IdleWebSockets sockets(site.front(), 5, "/socket");
    auto doomed = site.start_load("/", 100, 8);
    std::vector<std::string> kill = {"kill"};
    for (const char* color : {"-blue", "-green"}) {
        for (const std::string& container : containers_of(site.name + color)) {
            kill.push_back(container);
        }
    }
    docker_output(kill);
    wait_until([&] { return doomed->failed() > 0; }, 20s, "failed requests");
    CHECK(sockets.broken() == 5);
}

TEST_CASE("each replica is an endpoint, and a changed address is published anew", "[docker]") {
    ComposeSite site({.locations = kWhere});
    site.put_shop("1");
    site.replace("compose.yaml", "scale: 2", "scale: 3");
    deploy(site, "1");
    CHECK(site.endpoints("web", "blue").size() == 3);
    CHECK(site.endpoints("api", "blue").size() == 1);
    auto load = site.start_load("/where", 200, 8, "X-Where");
    load->wait_for_more(200, 20s);
    CHECK(load->results().variants().size() == 3);

    // Another container takes the address while the first one is away.
    const std::string moved = site.name + "-blue-web-2";
    const auto address = [&] {
        return docker_output({"inspect", "--format",
                              "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", moved}) +
               ":3000";
    };
    const auto move_away = [&](const std::string& squatter) {
        const std::string before = address();
        docker_output({"stop", "--time", "10", moved});
        docker_output({"run", "--detach", "--init", "--network", site.name + "-blue_default",
                       "--label", "com.docker.compose.project=" + site.name, "--name",
                       site.name + squatter, kBaseImage, "sleep", "infinity"});
        docker_output({"start", moved});
        REQUIRE(address() != before);
        return before;
    };
    const auto published = [&](const std::string& one) {
        const auto now = site.endpoints("web", "blue");
        return std::count(now.begin(), now.end(), one) == 1;
    };

    // By the agent.
    const std::string first = move_away("-squatter1");
    CHECK_THAT(site.must({"upgrade", "status"}), ContainsSubstring(address()));
    CHECK(published(first));  // status only says it
    const std::string told = site.must({"agent", "--once"});
    CHECK_THAT(told, ContainsSubstring(first) && ContainsSubstring(address()));
    CHECK(published(address()));
    CHECK_FALSE(published(first));
    CHECK(site.must({"agent", "--once"}).empty());

    // By the next command.
    const std::string second = move_away("-squatter2");
    site.put_shop("2");
    const RunResult result = site.perform();
    INFO(result.out << result.err);
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, ContainsSubstring("endpoints republished: web blue"));
    CHECK(published(address()));
    CHECK_FALSE(published(second));
    CHECK(site.served() == "web-2");
    load->stop();
    INFO(load->results().summary());
    CHECK(load->results().failed() == 0);
}
