// nginx's own life under load: reloads, upgrades, crashes. No request fails, no count is lost.
#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include "tests/harness/load.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/wait.hpp"
#include "tests/integration/site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

Load quiet_load(const Site& site, unsigned connections = 16) {
    return Load({.target = site.front(),
                 .connections = connections,
                 .path = "/?key={n}",
                 .fields = {{"Connection", "close"}},  // nginx closes idle ones when it reloads
                 .idle_cut_fails = false});
}

void shift(const Site& site, int number) {
    const double green = number % 3 * 50;
    site.control.publish([&](table::TableImage& image) {
        image.find("app")->find("green")->weight_ppm = static_cast<std::uint32_t>(green * 10'000);
        image.find("app")->find("blue")->weight_ppm =
            table::kTotalPpm - static_cast<std::uint32_t>(green * 10'000);
    });
}

std::uint64_t decided(const Site& site) {
    return site.control.counts("app", "blue").decided + site.control.counts("app", "green").decided;
}

}  // namespace

TEST_CASE("reloading again and again while publishing costs no request and no count",
          "[lifecycle]") {
    Site site({.workers = 2});
    Load load = quiet_load(site);
    load.start();
    std::uint64_t before = 0;
    bool fell = false;
    const auto until = std::chrono::steady_clock::now() + 4s;
    int reloads = 0;
    for (; std::chrono::steady_clock::now() < until; ++reloads) {
        site.nginx.signal_master(SIGHUP);
        const auto next = std::chrono::steady_clock::now() + 100ms;
        for (int i = 0; std::chrono::steady_clock::now() < next; ++i) {
            shift(site, reloads + i);
            const std::uint64_t now = decided(site);
            fell = fell || now < before;
            before = now;
            load.wait_for_more(1, 20s);
        }
    }
    site.nginx.reload(OldWorkers::wait_until_gone);
    load.stop();
    const auto results = load.results();
    INFO(results.summary());
    CAPTURE(reloads);
    CHECK(results.failed() == 0);
    CHECK_FALSE(fell);
    const auto blue = site.settled("blue");
    const auto green = site.settled("green");
    CHECK(blue.decided + green.decided == results.total());
    CHECK(blue.status_2xx + green.status_2xx == results.total());
    CHECK(blue.lost + green.lost == 0);
    site.control.set("app", {{"blue", 0}, {"green", 100}});
    CHECK(site.decided() == "green only");
}

TEST_CASE("a worker killed under load loses only what it had in flight", "[lifecycle]") {
    Site site({.location = "proxy_next_upstream off;", .workers = 2});
    site.control.set("app", {{"blue", 50}, {"green", 50}});
    Load load({.target = site.front(),
               .connections = 16,
               .path = "/delay/3?key={n}",
               .idle_cut_fails = false});
    load.start();
    std::vector<std::uint64_t> totals;
    for (int i = 0; i < 8; ++i) {
        load.wait_for_more(200, 20s);
        const pid_t victim = site.nginx.worker_pids().at(0);
        totals.push_back(decided(site));
        site.nginx.kill_worker(victim, SIGKILL);
        totals.push_back(decided(site));
        wait_until(
            [&] {
                const auto workers = site.nginx.worker_pids();
                return workers.size() == 2 &&
                       std::find(workers.begin(), workers.end(), victim) == workers.end();
            },
            10s, "another worker has taken its place");
        totals.push_back(decided(site));
    }
    load.stop();
    CHECK(std::is_sorted(totals.begin(), totals.end()));
    const auto results = load.results();
    INFO(results.summary());
    const auto blue = site.settled("blue");
    const auto green = site.settled("green");
    CHECK(blue.started == blue.finished + blue.lost);
    CHECK(green.started == green.finished + green.lost);
    // Every answer the visitors got is counted; what is beyond was in flight in a dead worker.
    const auto answered = results.total() - results.failed();
    const auto finished = blue.finished + green.finished;
    CHECK(finished + blue.lost + green.lost >= answered);
    CHECK(finished <= answered + results.failed());
    CHECK(blue.lost + green.lost <= results.failed());
    CHECK(blue.lost + green.lost > 0);
    CHECK(results.failed() <= 8 * 16);
    CHECK(blue.endpoints[0].in_flight == 0);
    // The dead do not stand in the way of the proof.
    site.control.set("app", {{"blue", 100}, {"green", 0}});
}

TEST_CASE("a binary upgrade keeps table, counts and requests", "[lifecycle]") {
    Site site({.workers = 2});
    site.control.set("app", {{"blue", 25}, {"green", 75}});
    Load load = quiet_load(site);
    load.start();
    load.wait_for_more(200, 20s);
    for (int i = 0; i < 2; ++i) {
        site.nginx.upgrade_binary();
        load.wait_for_more(200, 20s);
        site.control.publish([](table::TableImage&) {});
        site.control.wait_applied(site.control.generation());
    }
    load.stop();
    const auto results = load.results();
    INFO(results.summary());
    CHECK(results.failed() == 0);
    CHECK(site.settled("blue").decided + site.settled("green").decided == results.total());
    CHECK(results.count("green") > results.count("blue"));
}

TEST_CASE("old and new master together are both proven", "[lifecycle]") {
    Site site({.workers = 1});
    HttpConnection slow(site.front());
    REQUIRE(slow.send_raw("GET /delay/1500 HTTP/1.1\r\nHost: a\r\n\r\n"));
    wait_until([&] { return site.blue.requests() == 1; }, 5s, "the request is at the backend");
    site.nginx.reload();  // the old worker lives on for this request
    site.control.set("app", {{"blue", 0}, {"green", 100}});
    const counters::File file = site.control.counters_file();
    const auto applied = counters::applied(file, site.control.generation());
    CHECK(applied.workers == 2);
    CHECK(applied.on_it == 2);
    CHECK_THAT(slow.receive_raw("blue\n"), Catch::Matchers::ContainsSubstring("X-Variant: blue"));
}

TEST_CASE("stopping gracefully finishes what is under way", "[lifecycle]") {
    Site site;
    HttpConnection slow(site.front());
    REQUIRE(slow.send_raw("GET /delay/400 HTTP/1.1\r\nHost: a\r\n\r\n"));
    wait_until([&] { return site.blue.requests() == 1; }, 5s, "the request is at the backend");
    CHECK(site.nginx.stop(Stop::graceful));
    CHECK_THAT(slow.receive_raw(), Catch::Matchers::ContainsSubstring("blue\n"));
    const auto blue = site.settled("blue");
    CHECK(blue.status_2xx == 1);
    CHECK(blue.lost == 0);
    // Counts go on where they were.
    site.nginx.start();
    CHECK(site.get().status == 200);
    CHECK(site.settled("blue").status_2xx == 2);
}

TEST_CASE("a reload adds and removes splits and variants, and keeps their counts", "[lifecycle]") {
    Site site({.workers = 2});
    CHECK(site.tally(20)["blue"] == 20);
    site.reconfigure({.split = "variant blue; variant green; variant red; default blue;\n",
                      .http = "teal_split api { variant x; default x; }\n",
                      .workers = 2});
    site.control.apply([&](table::TableImage& image) {
        auto& app = *image.find("app");
        app.variants.push_back(fixtures::variant("red", 1'000'000, {site.green.address().c_str()}));
        app.find("blue")->weight_ppm = 0;
    });
    CHECK(site.decided() == "red only");
    site.reconfigure({.split = "variant green; variant red; default green;\n", .workers = 2});
    CHECK(site.decided() == "red only");
    site.reconfigure({.workers = 2});
    CHECK(site.decided() == "blue default");
    CHECK(site.settled("blue").status_2xx == 21);
    CHECK(site.settled("red").status_2xx == 2);
}
