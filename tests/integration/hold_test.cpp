// A held split: its new requests wait inside nginx, none reaches a backend, none fails.
#include <algorithm>
#include <csignal>
#include <string>

#include "tests/harness/load.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/websocket_client.hpp"
#include "tests/integration/hold_site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

bool is_waiting(const std::future<HttpResponse>& asked) {
    return asked.wait_for(0s) != std::future_status::ready;
}

}  // namespace

TEST_CASE("requests of a held split wait without a backend, and go on when it is released",
          "[hold]") {
    HeldSite site;
    REQUIRE(site.get().ok());
    site.hold();
    const auto before = site.at_backends();
    auto asked = site.ask_many(20);
    site.wait_for_waiting(20);
    CHECK(site.at_backends() == before);
    CHECK(std::all_of(asked.begin(), asked.end(), is_waiting));
    CHECK(site.get("/teal/status").ok());  // others are served
    site.release();
    for (auto& one : asked) {
        const auto answer = one.get();
        CHECK(answer.status == 200);
        CHECK(answer.headers.get("X-Variant") == "blue");
    }
    const auto sums = site.holds();
    CHECK(sums.waiting == 0);
    CHECK(sums.held == 20);
    CHECK(sums.released == 20);
    CHECK(sums.expired + sums.left + sums.refused + sums.passed == 0);
    CHECK(sums.longest_us > 0);
    CHECK(sums.sum_us >= sums.longest_us);
    CHECK(site.settled("blue").started == before + 20);
    CHECK(site.get().ok());
    CHECK(site.holds().held == 20);
}

TEST_CASE("a hold ends by itself at its deadline, and does not begin anew", "[hold]") {
    HeldSite site({.workers = 2});
    const auto began = std::chrono::steady_clock::now();
    site.hold(2s);
    auto asked = site.ask_many(4);
    for (auto& one : asked) {
        CHECK(one.get().status == 200);
    }
    const auto waited = std::chrono::steady_clock::now() - began;
    CHECK(waited >= 2s);
    CHECK(site.holds().expired == 4);
    CHECK(site.holds().longest_us < 10'000'000);
    // The table has it still: neither another publication nor a new worker takes it up again.
    site.control.set("app", {{"blue", 0}, {"green", 100}});
    CHECK(site.decided() == "green only");
    site.nginx.reload();
    CHECK(site.decided() == "green only");
    CHECK(site.holds().held == 4);
}

TEST_CASE("a worker holds no longer than the pause asked for, whatever its clock says", "[hold]") {
    HeldSite site;
    // As after a clock that was set back by an hour: the deadline is far away, the pause short.
    site.control.apply([](table::TableImage& image) {
        HeldSite::set_hold(image, 2s);
        table::HoldSettings& hold = image.find("app")->hold;
        hold.set_unix_ns += 3'600'000'000'000;
        hold.until_unix_ns += 3'600'000'000'000;
    });
    auto asked = site.ask();
    CHECK(asked.get().status == 200);
    CHECK(site.holds().expired == 1);
}

TEST_CASE("pausing again moves the deadline of those who wait already", "[hold]") {
    HeldSite site;
    site.hold(1h);
    auto asked = site.ask();
    site.wait_for_waiting(1);
    site.hold(200ms);
    CHECK(asked.get().status == 200);
    CHECK(site.holds().expired == 1);
}

TEST_CASE("a visitor who leaves while waiting is noticed and costs nothing more", "[hold]") {
    HeldSite site;
    site.hold();
    {
        HttpConnection client(site.front());
        REQUIRE(client.send_raw("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        site.wait_for_waiting(1);
    }
    site.wait_for_waiting(0);
    CHECK(site.holds().left == 1);
    site.release();
    CHECK(site.holds().released == 0);
    CHECK(site.at_backends() == 0);
    CHECK(site.get().ok());
}

TEST_CASE("a body waits in the socket, one on its way is read first, both arrive whole", "[hold]") {
    const std::string location = GENERATE("", "proxy_request_buffering off;");
    CAPTURE(location);
    HeldSite site({.location = "client_max_body_size 8m; " + location});
    const std::string body(3'000'000, 'b');
    const std::string head =
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\nConnection: close\r\n\r\n";
    HttpConnection on_its_way(site.front(), 60s);
    REQUIRE(on_its_way.send_raw(head + body.substr(0, 100'000)));
    const bool buffered = location.empty();
    if (!buffered) {  // it has its backend already, and finishes
        wait_until([&] { return site.in_flight() == 1; }, 10s, "the request is in flight");
    } else {
        // nginx reads it before it looks for a backend: in the temporary file, or about to be.
        wait_until([&] { return site.get("/").ok(); }, 10s, "the worker has taken what was sent");
    }
    const auto before = site.at_backends();
    site.hold();
    auto whole = std::async(std::launch::async, [&] {
        return HttpConnection(site.front(), 60s).request("POST", "/echo", {}, body);
    });
    site.wait_for_waiting(1);
    REQUIRE(on_its_way.send_raw(body.substr(100'000)));
    if (buffered) {
        site.wait_for_waiting(2);
        CHECK(site.at_backends() == before);
        site.release();
    }
    CHECK_THAT(on_its_way.receive_raw(), Catch::Matchers::ContainsSubstring("HTTP/1.1 200"));
    site.release();
    const auto answer = whole.get();
    CHECK(answer.status == 200);
    CHECK(answer.body.size() > body.size());
    CHECK(site.holds().released == (buffered ? 2 : 1));
    CHECK(site.holds().passed == 0);
}

TEST_CASE("requests pipelined on one connection keep their order", "[hold]") {
    HeldSite site;
    site.hold();
    HttpConnection client(site.front());
    std::string requests;
    for (int i = 1; i <= 20; ++i) {
        requests += "GET /bytes/" + std::to_string(1000 + i) + " HTTP/1.1\r\nHost: a\r\n" +
                    (i == 20 ? "Connection: close\r\n\r\n" : "\r\n");
    }
    REQUIRE(client.send_raw(requests));
    site.wait_for_waiting(1);  // the others are behind it
    site.release();
    const std::string answers = client.receive_raw();
    std::size_t at = 0;
    for (int i = 1; i <= 20; ++i) {
        CAPTURE(i);
        at = answers.find("Content-Length: " + std::to_string(1000 + i) + "\r\n", at);
        REQUIRE(at != std::string::npos);
    }
    CHECK(site.holds().held == 1);
}

TEST_CASE("the streams of an HTTP/2 connection wait and go on, or leave", "[hold]") {
    HeldSite site({.server = "http2_max_concurrent_streams 200;\n", .listen = "http2"});
    site.hold();
    const std::string url = "http://127.0.0.1:" + std::to_string(site.port) + "/";
    Process streams({.argv = {"h2load", "-n", "150", "-c", "1", "-m", "150", url}});
    site.wait_for_waiting(150);
    Process leaver({.argv = {"curl", "-sS", "--http2-prior-knowledge", url}});
    Process poster({.argv = {"curl", "-sS", "--http2-prior-knowledge", "--data-binary",
                             std::string(100'000, 'x'), url + "echo"}});
    site.wait_for_waiting(152);
    REQUIRE(leaver.signal(SIGKILL));
    site.wait_for_waiting(151);
    CHECK(site.holds().left == 1);
    CHECK(site.at_backends() == 0);
    site.release();
    REQUIRE(streams.wait(20s));
    CHECK_THAT(streams.out(),
               Catch::Matchers::ContainsSubstring("150 succeeded, 0 failed, 0 errored"));
    REQUIRE(poster.wait(20s));
    CHECK(poster.exit_code() == 0);
    CHECK(poster.out().size() > 100'000);
    CHECK(site.holds().released == 151);
}

TEST_CASE("a WebSocket's handshake waits like any request; one that is open goes on", "[hold]") {
    HeldSite site;
    WebSocketClient open(site.front(), "/");
    REQUIRE(open.echoes("before"));
    site.hold();
    auto late = std::async(std::launch::async, [&] {
        WebSocketClient client(site.front(), "/", {}, 30s);
        return client.is_open() && client.echoes("after");
    });
    site.wait_for_waiting(1);
    CHECK(open.echoes("during"));
    CHECK(site.in_flight() == 1);
    site.release();
    CHECK(late.get());
}

TEST_CASE("no more wait than may: further ones get 503 with Retry-After", "[hold]") {
    HeldSite site({.http = "teal_hold_limit 3;\n",
                   .server = "error_page 503 @busy; location @busy { return 503 'busy'; }\n"});
    site.hold(90s);
    auto asked = site.ask_many(3);
    site.wait_for_waiting(3);
    const auto refused = site.get();
    CHECK(refused.status == 503);
    CHECK(refused.body == "busy");
    const int seconds = std::stoi("0" + refused.headers.get("Retry-After"));
    CHECK(seconds >= 80);
    CHECK(seconds <= 90);
    CHECK(site.holds().refused == 1);
    CHECK(site.at_backends() == 0);
    site.release();
    for (auto& one : asked) {
        CHECK(one.get().status == 200);
    }
    CHECK(site.get().ok());
}

TEST_CASE("half of a worker's connections is the most that wait", "[hold]") {
    HeldSite site({.http = "teal_hold_limit 1000000;\n"});
    site.nginx.expect_log("teal_hold_limit 1000000 is more than half of worker_connections");
    CHECK(site.nginx.log().lines_with("more than half of worker_connections").size() >= 1);
}

TEST_CASE("a switch during a hold takes those who wait, decided before or not", "[hold]") {
    // $teal_app is asked for before the content phase: a decision for blue is there already.
    HeldSite site({.server = "set $early $teal_app$teal_generation;\n"});
    site.hold();
    auto asked = site.ask_many(5);
    site.wait_for_waiting(5);
    const auto decided = site.control.counts("app", "blue").decided;
    CHECK(decided == 5);
    const auto made = site.control.apply([](table::TableImage& image) {
        image.find("app")->find("blue")->weight_ppm = 0;
        image.find("app")->find("green")->weight_ppm = table::kTotalPpm;
        HeldSite::clear_hold(image);
    });
    for (auto& one : asked) {
        const auto answer = one.get();
        CHECK(answer.body == "green\n");
        CHECK(answer.headers.get("X-Variant") == "green");
        CHECK(answer.headers.get("X-Generation") == std::to_string(made.generation));
    }
    CHECK(site.blue.requests() == 0);
    // One decision of a request is counted, however often it was made.
    CHECK(site.control.counts("app", "blue").decided + site.settled("green").decided == 5);
}

TEST_CASE("once a hold is proven and drained no request reaches a backend until its release",
          "[hold]") {
    HeldSite site({.workers = 2});
    Load load({.target = site.front(), .connections = 32, .path = "/?key={n}", .timeout = 20s});
    load.start();
    load.wait_for_more(300, 20s);
    for (int i = 0; i < 30; ++i) {
        CAPTURE(i);
        site.hold();
        wait_until([&] { return site.in_flight() == 0; }, 10s, "nothing is in flight");
        const auto drained = site.at_backends();
        site.wait_for_waiting(32);
        CHECK(site.at_backends() == drained);
        site.release();
        load.wait_for_more(64, 20s);
    }
    load.stop();
    const auto results = load.results();
    INFO(results.summary());
    CHECK(results.failed() == 0);
    CHECK(site.holds().passed == 0);
    CHECK(site.settled("blue").decided == results.total());
}

TEST_CASE("requests in flight finish while their split is held", "[hold]") {
    HeldSite site;
    auto slow = site.ask("/delay/300");
    wait_until([&] { return site.in_flight() == 1; }, 10s, "the slow request is in flight");
    site.hold();
    CHECK(slow.get().status == 200);
    CHECK(site.in_flight() == 0);
    CHECK(site.holds().held == 0);
}
