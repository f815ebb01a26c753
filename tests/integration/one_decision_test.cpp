// A client request is decided once: redirects inside nginx, subrequests and a publication in the
// middle of it change nothing, and no request sees half of a publication.
#include <atomic>
#include <string>
#include <thread>

#include "tests/harness/load.hpp"
#include "tests/harness/wait.hpp"
#include "tests/integration/site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

constexpr char kSecondSplit[] = "teal_split api { variant blue; variant green; default blue; }\n";

void publish_pair(const Site& site) {
    publish_app(site.control, site.blue.address(), site.green.address());
    site.control.publish([&](table::TableImage& image) {
        image.splits.push_back(
            fixtures::split("api", 77,
                            {fixtures::variant("blue", 1'000'000, {site.blue.address().c_str()}),
                             fixtures::variant("green", 0, {site.green.address().c_str()})}));
    });
}

void flip(const Site& site, bool to_green) {
    site.control.publish([&](table::TableImage& image) {
        for (auto& split : image.splits) {
            split.find("green")->weight_ppm = to_green ? 1'000'000 : 0;
            split.find("blue")->weight_ppm = to_green ? 0 : 1'000'000;
        }
    });
}

}  // namespace

TEST_CASE("redirects inside nginx keep the decision", "[request]") {
    // Random shares: a second decision would be another one in half of the requests.
    Site site(
        {.rules = "key $arg_none;\n",
         .server =
             "add_header X-First $first always;\n"
             "location /error { set $first $teal_app; error_page 418 = /inner; return 418; }\n"
             "location /named { set $first $teal_app; error_page 418 = @named; return 418; }\n"
             "location /try { set $first $teal_app; try_files /nowhere /inner; }\n"
             "location /rewrite { set $first $teal_app; rewrite ^ /inner last; }\n"
             "location /upstream { set $first $teal_app; proxy_pass http://app; "
             "  proxy_intercept_errors on; error_page 404 = @named; }\n"
             "location @named { proxy_pass http://app; }\n"
             "location /inner { proxy_pass http://app; }\n",
         .location = "set $first $teal_app;"});
    site.control.set("app", {{"blue", 50}, {"green", 50}});
    site.blue.behave({.status = 404});
    site.green.behave({.status = 404});
    const std::string path = GENERATE("/error", "/named", "/try", "/rewrite", "/upstream", "/");
    HttpConnection client(site.front());
    std::map<std::string, int> seen;
    for (int i = 0; i < 60; ++i) {
        const auto answer = client.get(path);
        const auto variant = answer.headers.get("X-Variant");
        CAPTURE(path, i);
        CHECK(answer.headers.get("X-First") == variant);
        CHECK(answer.headers.get("X-Served-By") == variant);
        ++seen[variant];
    }
    CHECK(seen["blue"] > 5);
    CHECK(seen["green"] > 5);
}

TEST_CASE("X-Accel-Redirect keeps the decision", "[request]") {
    Site site({.rules = "key $arg_none;\n",
               .server = "location /inner { internal; add_header X-Variant $teal_app;\n"
                         "  return 200 \"$upstream_http_x_served_by $teal_app\"; }\n"});
    site.control.set("app", {{"blue", 50}, {"green", 50}});
    for (Backend* backend : {&site.blue, &site.green}) {
        backend->behave({.fields = {{"X-Accel-Redirect", "/inner/" + backend->name()}}});
    }
    HttpConnection client(site.front());
    for (int i = 0; i < 40; ++i) {
        const auto body = client.get("/").body;
        CHECK((body == "blue blue" || body == "green green"));
    }
}

TEST_CASE("subrequests share the client request's decision", "[request]") {
    Site site({.rules = "key $arg_none;\n",
               .server =
                   "location /guarded { auth_request /auth; proxy_pass http://app; "
                   "  auth_request_set $guard $upstream_http_x_served_by;\n"
                   "  add_header X-Variant $teal_app; add_header X-Auth $guard; }\n"
                   "location = /auth { internal; proxy_pass http://app/auth; }\n"
                   "location /mirrored { mirror /copy; proxy_pass http://app; }\n"
                   "location = /copy { internal; proxy_pass http://app/copy; }\n"
                   "location /page { ssi on; ssi_types text/plain; proxy_pass http://app/page; }\n"
                   "location /part { proxy_pass http://app/part; }\n"
                   "location /added { add_after_body /part; addition_types text/plain;"
                   "  proxy_pass http://app/added; }\n"});
    site.control.set("app", {{"blue", 50}, {"green", 50}});
    HttpConnection client(site.front());
    SECTION("auth_request") {
        for (int i = 0; i < 40; ++i) {
            const auto answer = client.get("/guarded");
            CHECK(answer.headers.get("X-Auth") == answer.headers.get("X-Served-By"));
            CHECK(answer.headers.get("X-Variant") == answer.headers.get("X-Served-By"));
        }
    }
    SECTION("mirror") {
        const auto blue = site.blue.requests();
        int to_blue = 0;
        for (int i = 0; i < 40; ++i) {
            to_blue += client.get("/mirrored").headers.get("X-Served-By") == "blue" ? 1 : 0;
        }
        wait_until([&] { return site.blue.requests() + site.green.requests() - blue >= 80; }, 5s,
                   "the mirrored requests have arrived");
        CHECK(site.blue.requests() - blue == static_cast<std::uint64_t>(2 * to_blue));
    }
    SECTION("SSI and additions") {
        for (Backend* backend : {&site.blue, &site.green}) {
            backend->behave({.body = backend->name() + "<!--# include virtual=\"/part\" -->"});
        }
        for (int i = 0; i < 20; ++i) {
            const auto page = client.get("/page").body;
            CHECK((page.rfind("blueblue", 0) == 0 || page.rfind("greengreen", 0) == 0));
            CHECK(page.find(page[0] == 'b' ? "green" : "blue") == std::string::npos);
            const auto added = client.get("/added").body;
            CHECK(added.find(added[0] == 'b' ? "green" : "blue") == std::string::npos);
        }
    }
    // Decided counts client requests, attempts count what was sent.
    const auto blue = site.settled("blue");
    const auto green = site.settled("green");
    CHECK(blue.decided + green.decided <= 40);
    CHECK(blue.finished + green.finished >= blue.decided + green.decided);
}

TEST_CASE("a publication in the middle of a request does not split it", "[request]") {
    Site site({.http = kSecondSplit,
               .server = "location /guarded { auth_request /auth; proxy_pass http://app;\n"
                         "  add_header X-Pair $teal_app/$teal_api always;\n"
                         "  add_header X-Generation $teal_generation always; }\n"
                         "location = /auth { internal; proxy_pass http://app/delay/300; }\n",
               .publish = false});
    publish_pair(site);
    site.control.wait_applied(2);
    HttpResponse answer;
    std::thread visitor([&] { answer = site.get("/guarded"); });
    wait_until([&] { return site.blue.requests() == 1; }, 5s, "the subrequest is at the backend");
    flip(site, true);
    site.control.wait_applied(3);
    // Others are decided by the new publication while the first request is under way.
    CHECK(site.decided() == "green only");
    visitor.join();
    CHECK(answer.headers.get("X-Pair") == "blue/blue");
    CHECK(answer.headers.get("X-Generation") == "2");
    CHECK(answer.headers.get("X-Served-By") == "blue");
    CHECK(site.get("/guarded").headers.get("X-Pair") == "green/green");
}

TEST_CASE("an atomic flip of two splits is never seen half", "[request]") {
    // $teal_app is asked for by the upstream, $teal_api only when the answer comes back.
    Site site({.http = kSecondSplit,
               .server = "location /pair { proxy_pass http://app;\n"
                         "  add_header X-Pair $teal_app/$teal_api always; }\n",
               .workers = 2,
               .publish = false});
    publish_pair(site);
    site.control.wait_applied(2);
    Load load({.target = site.front(),
               .connections = 16,
               .path = "/pair?key={n}",
               .variant_fields = {"X-Pair"}});
    load.start();
    load.wait_for_more(500, 20s);
    bool to_green = false;
    for (int i = 0; i < 100; ++i) {
        to_green = !to_green;
        flip(site, to_green);
        load.wait_for_more(20, 20s);
    }
    load.stop();
    const auto results = load.results();
    INFO(results.summary());
    CHECK(results.failed() == 0);
    CHECK(results.count("blue/blue") + results.count("green/green") == results.total());
    CHECK(results.count("blue/blue") > 100);
    CHECK(results.count("green/green") > 100);
}
