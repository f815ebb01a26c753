// Which endpoint of a variant serves: all address families, the less loaded of two, passive
// failure handling, kept connections, and variants served by upstreams written by hand.
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/harness/load.hpp"
#include "tests/harness/wait.hpp"
#include "tests/integration/site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using namespace std::chrono_literals;

TEST_CASE("endpoints are IPv4, IPv6 and unix sockets", "[endpoint]") {
    Site site;
    const std::string six = "[::1]:" + std::to_string(site.workspace.free_port());
    const std::string socket = "unix:" + site.workspace.path("green.sock").string();
    Backend by_six({.name = "six", .address = six});
    Backend by_socket({.name = "socket", .address = socket});
    std::filesystem::permissions(site.workspace.path("green.sock"), std::filesystem::perms::all);
    for (Backend* backend : {&site.blue, &by_six, &by_socket}) {
        site.control.set_endpoints("app", "blue", {backend->address()});
        CHECK(site.get().headers.get("X-Served-By") == backend->name());
    }
    site.control.set_endpoints("app", "blue", {site.blue.address(), six, socket});
    std::map<std::string, int> seen;
    HttpConnection client(site.front());
    for (int i = 0; i < 90; ++i) {
        ++seen[client.get("/").headers.get("X-Served-By")];
    }
    CHECK(seen["blue"] + seen["six"] + seen["socket"] == 90);
    for (const auto& [name, count] : seen) {
        CAPTURE(name);
        CHECK(count > 10);
    }
}

TEST_CASE("a slow endpoint gets less, counted over all workers", "[endpoint]") {
    Site site({.workers = 2});
    Backend slow("slow");
    slow.behave({.delay = 100ms});
    site.blue.behave({.delay = 5ms});
    site.control.set_endpoints("app", "blue", {site.blue.address(), slow.address()});
    Load load({.target = site.front(), .connections = 16, .variant_fields = {"X-Served-By"}});
    load.start();
    load.wait_for_more(1000, 30s);
    load.stop();
    const auto results = load.results();
    INFO(results.summary());
    CHECK(results.failed() == 0);
    // Random choice would give each the half.
    CHECK(results.count("slow") * 4 < results.count("blue"));
    CHECK(results.count("slow") > 0);
    site.settled("blue");
    const auto counts = site.control.counts("app", "blue");
    CHECK(counts.endpoints[0].attempts == site.blue.requests());
    CHECK(counts.endpoints[1].attempts == slow.requests());
    CHECK(counts.endpoints[0].in_flight == 0);
    CHECK(counts.endpoints[1].in_flight == 0);
}

TEST_CASE("a failing endpoint is avoided for a while, and the visitor does not notice",
          "[endpoint]") {
    Site site({.teal = "teal app max_fails=2 fail_timeout=1s;"});
    Backend second("second");
    site.control.set_endpoints("app", "blue", {site.blue.address(), second.address()});
    second.stop();
    auto seen = site.tally(200, "/");
    CHECK(seen["blue"] == 200);
    const auto down = site.settled("blue");
    CHECK(down.connect_errors >= 2);
    CHECK(down.connect_errors <= 2 + 6);  // one more try in each second that has passed
    CHECK(down.status_2xx == 200);
    CHECK(down.retried_away == down.connect_errors);
    second.restart();
    wait_until(
        [&] {
            site.get();
            return second.requests() > 0;
        },
        10s, "the endpoint is tried again after fail_timeout");
}

TEST_CASE("with every endpoint down the doubtful ones are still tried", "[endpoint]") {
    Site site({.teal = "teal app max_fails=1 fail_timeout=600s;"});
    Backend second("second");
    site.control.set_endpoints("app", "blue", {site.blue.address(), second.address()});
    site.blue.stop();
    second.stop();
    for (int i = 0; i < 5; ++i) {
        CHECK(site.get().status == 502);
    }
    site.blue.restart();
    second.restart();
    CHECK(site.get().status == 200);
}

TEST_CASE("max_fails=0 never avoids an endpoint", "[endpoint]") {
    Site site({.teal = "teal app max_fails=0;"});
    Backend second("second");
    second.behave({.manner = Manner::close});
    site.control.set_endpoints("app", "blue", {site.blue.address(), second.address()});
    CHECK(site.tally(100, "/")["blue"] == 100);
    CHECK(second.requests() > 20);
}

TEST_CASE("connections to endpoints are kept and used again", "[endpoint]") {
    Site site;
    CHECK(site.tally(200, "/")["blue"] == 200);
    CHECK(site.blue.connections() == 1);
    CHECK(site.blue.requests() == 200);
    // Each variant's connections are its own: a switch does not send green's requests to blue.
    site.control.set("app", {{"blue", 0}, {"green", 100}});
    CHECK(site.tally(100, "/")["green"] == 100);
    CHECK(site.green.connections() == 1);
    CHECK(site.blue.requests() == 200);
}

TEST_CASE("an endpoint that was taken out gets nothing more, although connections are kept",
          "[endpoint]") {
    Site site;
    Backend second("second");
    site.control.set_endpoints("app", "blue", {site.blue.address(), second.address()});
    HttpConnection client(site.front());
    wait_until(
        [&] {
            client.get("/");
            return second.requests() > 0 && site.blue.requests() > 0;
        },
        5s, "both endpoints have kept connections");
    site.control.set_endpoints("app", "blue", {site.blue.address()});
    const auto before = second.requests();
    for (int i = 0; i < 50; ++i) {
        CHECK(client.get("/").headers.get("X-Served-By") == "blue");
    }
    CHECK(second.requests() == before);
}

TEST_CASE("a variant without endpoints answers 502 and works as soon as it has one", "[endpoint]") {
    Site site;
    site.control.set_endpoints("app", "green", {});
    site.control.set("app", {{"blue", 0}, {"green", 100}});
    CHECK(site.get().status == 502);
    const auto counts = site.settled("green");
    CHECK(counts.started == 1);
    CHECK(counts.connect_errors == 1);
    site.control.set_endpoints("app", "green", {site.green.address()});
    CHECK(site.get().headers.get("X-Served-By") == "green");
}

TEST_CASE("64 endpoints of 8 variants are all used", "[endpoint]") {
    std::string split = "default v0;\n";
    for (int v = 0; v < 8; ++v) {
        split += "variant v" + std::to_string(v) + ";\n";
    }
    Site site({.split = split, .publish = false});
    std::vector<std::unique_ptr<Backend>> backends;
    for (int i = 0; i < 64; ++i) {
        backends.push_back(std::make_unique<Backend>("b" + std::to_string(i)));
    }
    site.control.apply([&](table::TableImage& image) {
        auto app = fixtures::split("app", 3, {fixtures::variant("v0", 1'000'000)});
        for (int v = 0; v < 8; ++v) {
            if (v > 0) {
                app.variants.push_back(fixtures::variant("v" + std::to_string(v), 0));
            }
            for (std::uint32_t e = 0; e < 64; ++e) {
                app.variants.back().endpoints.push_back(
                    fixtures::endpoint(backends[e]->address(), e));
            }
        }
        image.splits.push_back(app);
    });
    HttpConnection client(site.front());
    for (int i = 0; i < 1000; ++i) {
        REQUIRE(client.get("/", {{"X-Pin", "v7"}}).status == 200);
    }
    const auto counts = site.control.settled("app", "v7");
    for (std::size_t e = 0; e < 64; ++e) {
        CAPTURE(e);
        CHECK(counts.endpoints[e].attempts == backends[e]->requests());
        CHECK(counts.endpoints[e].attempts > 0);
    }
}

TEST_CASE("a variant may be an upstream written by hand, with any balancer of nginx's",
          "[endpoint]") {
    const std::string balancer =
        GENERATE("", "ip_hash;", "least_conn;", "random two;", "hash $arg_key consistent;");
    const std::string kept = GENERATE("", "keepalive 8;");
    Site site(
        {.split = "variant blue; variant green pool; default blue; retry safe;\n", .start = false});
    Backend second("second");
    SiteOptions options{.split = "variant blue; variant green pool; default blue; retry safe;\n"};
    options.http = "upstream pool { " + balancer + " server " + site.green.address() + "; server " +
                   second.address() + "; " + kept + " }\n";
    site.nginx.edit_config(site.config(options));
    site.nginx.start();
    site.control.set("app", {{"blue", 0}, {"green", 100}});
    CAPTURE(balancer, kept);
    CHECK(site.tally(40)["green"] == 40);
    CHECK(site.green.requests() + second.requests() == 40);
    const auto counts = site.settled("green");
    CHECK(counts.finished == 40);
    CHECK(counts.status_2xx == 40);
    // A failure there is retried on the default variant, by the table's endpoints.
    site.green.behave({.status = 503});
    second.behave({.status = 503});
    HttpConnection client(site.front());
    for (int i = 0; i < 10; ++i) {
        const auto answer = client.get("/?key=" + std::to_string(i));
        CHECK(answer.status == 200);
        CHECK(answer.headers.get("X-Served-By") == "blue");
    }
    // Two answers of 503, then the pool avoids its servers: nobody to connect to is an error too.
    CHECK(counters::errors(site.settled("green")) == 10);
    CHECK(site.settled("green").retried_away == 10);
    CHECK(site.settled("blue").status_2xx == 10);
    site.green.stop();
    second.stop();
    CHECK(site.get().headers.get("X-Served-By") == "blue");
}

TEST_CASE("both variants may be upstreams written by hand; the table then only shares out",
          "[endpoint]") {
    Site site({.start = false, .publish = false});
    SiteOptions options{.split = "variant blue left; variant green right; default blue;\n"};
    options.http = "upstream left { server " + site.blue.address() +
                   "; }\nupstream right { server " + site.green.address() + "; }\n";
    site.nginx.edit_config(site.config(options));
    site.nginx.start();
    CHECK(site.decided() == "blue default");
    CHECK(site.get().headers.get("X-Served-By") == "blue");
    site.control.apply([](table::TableImage& image) {
        image.splits.push_back(fixtures::split(
            "app", 1, {fixtures::variant("blue", 0), fixtures::variant("green", 1'000'000)}));
    });
    CHECK(site.get().headers.get("X-Served-By") == "green");
}
