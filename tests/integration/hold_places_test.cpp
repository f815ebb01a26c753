// Holds where a request is not simply one location's: subrequests, redirects, variables; and in
// nginx's own life: reloads, crashes, a damaged table.
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <string>

#include "tests/fixtures/file_bytes.hpp"
#include "tests/harness/process.hpp"
#include "tests/integration/dashboard_site.hpp"
#include "tests/integration/hold_site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using namespace std::chrono_literals;

TEST_CASE("an auth_request to a held split waits, and so does what it guards", "[hold]") {
    HeldSite site({.server =
                       "location /guarded { auth_request /check; proxy_pass http://app; }\n"
                       "location = /check { internal; proxy_pass http://app/status/204; }\n"});
    site.hold();
    auto asked = site.ask("/guarded");
    site.wait_for_waiting(1);
    CHECK(site.at_backends() == 0);
    site.release();
    CHECK(asked.get().status == 200);
    CHECK(site.at_backends() == 2);
}

TEST_CASE("a page in flight gets its parts, or it could never end", "[hold]") {
    HeldSite site({.server =
                       "location /page { ssi on; proxy_buffering off; proxy_pass http://app; }\n"
                       "location /part { proxy_pass http://app/bytes/10; }\n"});
    site.blue.behave({.body = std::string(300, '-') + "<!--#include virtual=\"/part\" -->" +
                              std::string(300, '-'),
                      .content_type = "text/html",
                      .manner = Manner::drip,
                      .drip_bytes = 20,
                      .drip_interval = 20ms});
    auto page = site.ask("/page");
    wait_until([&] { return site.in_flight() == 1; }, 10s, "the page is in flight");
    site.hold();
    auto later = site.ask("/page");
    site.wait_for_waiting(1);
    const auto answer = page.get();
    CAPTURE(word_for(answer.error), answer.body);
    CHECK(answer.status == 200);
    CHECK(answer.body.find("include") == std::string::npos);
    CHECK(site.holds().waiting == 1);
    site.release();
    CHECK(later.get().status == 200);
    CHECK(site.holds().passed == 0);
}

TEST_CASE("internal redirects and error pages lead to the gate, too", "[hold]") {
    HeldSite site({.server = "location = /old { rewrite ^ /new last; }\n"
                             "location /made { error_page 418 = @app; return 418; }\n"
                             "location @app { proxy_pass http://app; }\n"});
    site.hold();
    auto redirected = site.ask("/old");
    auto named = site.ask("/made");
    site.wait_for_waiting(2);
    CHECK(site.at_backends() == 0);
    site.release();
    CHECK(redirected.get().status == 200);
    CHECK(named.get().status == 200);
}

TEST_CASE("a variable in proxy_pass needs teal_hold; without it the passing is told", "[hold]") {
    HeldSite site({.server = "set $backend app;\n"
                             "location /said { teal_hold app; proxy_pass http://$backend; }\n"
                             "location /unsaid { proxy_pass http://$backend; }\n"
                             "location /never { teal_hold off; proxy_pass http://app; }\n"});
    site.hold();
    auto said = site.ask("/said");
    site.wait_for_waiting(1);
    CHECK(site.get("/unsaid").status == 200);
    CHECK(site.get("/never").status == 200);
    CHECK(site.holds().passed == 2);
    CHECK(site.nginx.log().lines_with("went past the hold of split \"app\"").size() == 1);
    site.nginx.expect_log("went past the hold");
    site.release();
    CHECK(said.get().status == 200);
}

TEST_CASE("workers of a reload hold; those of before go on holding, release, and end", "[hold]") {
    HeldSite site({.workers = 2});
    site.hold();
    auto before = site.ask_many(6);
    site.wait_for_waiting(6);
    site.nginx.reload();
    auto after = site.ask_many(6);
    site.wait_for_waiting(12);
    CHECK_FALSE(site.nginx.old_worker_pids().empty());
    CHECK(site.at_backends() == 0);
    site.release();
    for (auto* asked : {&before, &after}) {
        for (auto& one : *asked) {
            CHECK(one.get().status == 200);
        }
    }
    wait_until([&] { return site.nginx.old_worker_pids().empty(); }, 10s, "old workers have ended");
    CHECK(site.holds().released == 12);
}

TEST_CASE("a leaving worker waits for its held requests, not longer than the deadline", "[hold]") {
    HeldSite site;
    site.hold(5s);
    auto asked = site.ask();
    site.wait_for_waiting(1);
    site.nginx.reload(OldWorkers::wait_until_gone);
    CHECK(asked.get().status == 200);
    CHECK(site.holds().expired == 1);
    // Without any it does not wait at all.
    site.hold(60s);
    site.nginx.reload(OldWorkers::wait_until_gone);
    CHECK(site.holds().waiting == 0);
    site.release();
}

TEST_CASE("a binary upgrade during a hold loses nobody", "[hold]") {
    HeldSite site;
    site.hold();
    auto before = site.ask_many(3);
    site.wait_for_waiting(3);
    std::thread releaser([&] {
        wait_until(
            [&] { return site.nginx.log().lines_with("gracefully shutting down").size() > 0; }, 20s,
            "the old workers are leaving");
        site.release();
    });
    site.nginx.upgrade_binary();
    releaser.join();
    for (auto& one : before) {
        CHECK(one.get().status == 200);
    }
    CHECK(site.get().ok());
}

TEST_CASE("a killed worker takes its requests with it, its successor holds", "[hold]") {
    HeldSite site;
    site.hold();
    auto lost = site.ask_many(3);
    site.wait_for_waiting(3);
    const pid_t victim = site.nginx.worker_pids().at(0);
    site.nginx.kill_worker(victim, SIGKILL);
    for (auto& one : lost) {
        CHECK(one.get().status == 0);
    }
    wait_until(
        [&] {
            const auto workers = site.nginx.worker_pids();
            return workers.size() == 1 && workers.at(0) != victim;
        },
        10s, "another worker has taken its place");
    auto asked = site.ask_many(2);
    site.wait_for_waiting(2);
    CHECK(site.at_backends() == 0);
    site.release();
    for (auto& one : asked) {
        CHECK(one.get().status == 200);
    }
    const auto sums = site.holds();
    CHECK(sums.held == 5);
    CHECK(sums.released == 2);
    CHECK(sums.waiting == 0);
}

TEST_CASE("a table that is damaged or gone leaves the hold to its deadline", "[hold]") {
    HeldSite site;
    site.nginx.expect_log("teal: table .* is ");
    const bool gone = GENERATE(false, true);
    CAPTURE(gone);
    site.hold(5s);
    auto asked = site.ask();
    site.wait_for_waiting(1);
    if (gone) {
        ::unlink(site.control.table.c_str());
    } else {
        std::string bytes = fixtures::bytes_of(site.control.table);
        std::fill(bytes.begin(), bytes.begin() + 4096, '\x5a');
        fixtures::write_bytes(site.control.table, bytes);
    }
    auto later = site.ask();
    wait_until([&] { return site.holds().held == 2; }, 20s, "both were made to wait");
    CHECK(asked.get().status == 200);
    CHECK(later.get().status == 200);
    CHECK(site.holds().expired == 2);
    CHECK(site.get().ok());
}

TEST_CASE("a hold stays through other publications, and goes with its split or its table",
          "[hold]") {
    HeldSite site;
    const bool with_table = GENERATE(false, true);
    CAPTURE(with_table);
    site.hold();
    auto asked = site.ask();
    site.wait_for_waiting(1);
    if (with_table) {  // made anew, and as far as the other one was
        table::TableImage image = site.control.image();
        const std::uint64_t held = image.generation;
        HeldSite::clear_hold(image);
        ::unlink(site.control.table.c_str());
        REQUIRE(table::create_table(site.control.table, 16));
        CHECK(table::publish(site.control.table, site.control.saved, image, held).generation ==
              held);
    } else {
        site.control.apply([](table::TableImage&) {});
        CHECK(site.holds().waiting == 1);
        site.nginx.expect_log("no live upstreams");
        site.control.apply([](table::TableImage& image) { image.splits.clear(); });
    }
    site.wait_for_waiting(0);
    CHECK(asked.get().status == (with_table ? 200 : 502));
    CHECK(site.holds().released == 1);
    CHECK(site.holds().expired == 0);
}

TEST_CASE("a restored table whose hold is over holds nobody", "[hold]") {
    HeldSite site;
    site.hold(100ms);
    CHECK(site.ask().get().status == 200);
    site.nginx.stop();
    ::unlink(site.control.table.c_str());
    site.nginx.start();
    CHECK(site.get().ok());
    CHECK(site.holds().held == site.holds().expired);
}

TEST_CASE("wrong hold directives are refused with what is right", "[hold]") {
    struct Wrong {
        std::string location;
        std::string http;
        std::string words;
    };
    const Wrong all[] = {
        {"teal_hold nosuch;", "", "teal_hold \"nosuch\" names no split"},
        {"teal_hold app; teal_hold app;", "", "\"teal_hold\" directive is duplicate"},
        {"", "teal_hold_limit 0;\n", "invalid number \"0\""},
        {"", "teal_hold_limit many;\n", "invalid number \"many\""},
        {"", "teal_hold_limit 5; teal_hold_limit 6;\n", "is duplicate"}};
    for (const Wrong& wrong : all) {
        CAPTURE(wrong.location, wrong.http);
        HeldSite site({.http = wrong.http, .location = wrong.location, .start = false});
        site.nginx.expect_log("\\[emerg\\]");
        const auto tested = site.nginx.test_config();
        CHECK(tested.code != 0);
        CHECK_THAT(tested.output, Catch::Matchers::ContainsSubstring(wrong.words));
    }
}

TEST_CASE("status, metrics and dashboard tell of a hold while it lasts, and of those before",
          "[hold]") {
    HeldSite site({.server = kDashboard});
    const auto metrics = [&] { return site.get("/teal/metrics").body; };
    const auto hold_in_status = [&] {
        return nlohmann::json::parse(site.get("/teal/status").body)["splits"]["app"]["hold"];
    };
    CHECK_THAT(metrics(),
               Catch::Matchers::ContainsSubstring("teal_hold_active{split=\"app\"} 0\n"));
    CHECK_THAT(metrics(), !Catch::Matchers::ContainsSubstring("teal_hold_requests_total{"));
    CHECK(hold_in_status()["held"] == false);
    CHECK_FALSE(dashboard_data(site)["split"].contains("hold"));
    site.hold(60s);
    auto asked = site.ask_many(3);
    site.wait_for_waiting(3);
    CHECK(hold_in_status()["held"] == true);
    CHECK(hold_in_status()["waiting"] == 3);
    CHECK(hold_in_status()["until_unix_ns"] ==
          site.control.image().find("app")->hold.until_unix_ns);
    CHECK_THAT(metrics(),
               Catch::Matchers::ContainsSubstring("teal_hold_active{split=\"app\"} 1\n"));
    CHECK_THAT(metrics(),
               Catch::Matchers::ContainsSubstring("teal_hold_waiting_requests{split=\"app\"} 3\n"));
    const auto shown = dashboard_data(site);
    CHECK(shown["split"]["hold"]["waiting"] == 3);
    CHECK(shown["split"]["hold"]["left_ms"] > 30'000);
    CHECK(shown["list"][0][3] == 1);
    site.release();
    for (auto& one : asked) {
        CHECK(one.get().status == 200);
    }
    CHECK(hold_in_status()["held"] == false);
    CHECK(hold_in_status()["released"] == 3);
    CHECK_THAT(metrics(),
               Catch::Matchers::ContainsSubstring("teal_hold_released_total{split=\"app\"} 3\n"));
    CHECK(dashboard_data(site)["split"]["hold"]["left_ms"] == 0);
    CHECK(dashboard_data(site)["list"][0].size() == 3);
}
