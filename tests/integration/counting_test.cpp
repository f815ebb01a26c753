// What is counted: every upstream attempt once, by how it ended, for the variant it was sent to.
#include <atomic>
#include <numeric>
#include <string>
#include <thread>

#include "tests/harness/wait.hpp"
#include "tests/harness/websocket_client.hpp"
#include "tests/integration/site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

const Fields kToGreen = {{"X-Pin", "green"}};

SiteOptions short_timeouts() {
    return {.location = "proxy_read_timeout 300ms; proxy_next_upstream off;"};
}

std::uint64_t sum(const std::uint64_t (&buckets)[counters::kBuckets]) {
    return std::accumulate(std::begin(buckets), std::end(buckets), std::uint64_t{0});
}

// Every finished attempt has exactly one outcome, and stands in the histograms as it should.
void check_sums(const counters::VariantCounters& c, std::uint64_t upgraded = 0) {
    CHECK(c.started == c.finished + c.lost);
    CHECK(c.finished == c.status_1xx + c.status_2xx + c.status_3xx + c.status_4xx + c.status_5xx +
                            c.connect_errors + c.timeouts + c.resets + c.client_closed +
                            c.stale_connections);
    CHECK(sum(c.total) == c.finished - c.stale_connections - upgraded);
    CHECK(sum(c.first_byte) <= c.finished);
}

}  // namespace

TEST_CASE("answers are counted by their status", "[counting]") {
    Site site;
    for (const int status : {200, 204, 301, 304, 404, 429, 500, 503}) {
        CHECK(site.get("/status/" + std::to_string(status)).status == status);
    }
    const auto blue = site.settled("blue");
    CHECK(blue.decided == 8);
    CHECK(blue.started == 8);
    CHECK(blue.status_2xx == 2);
    CHECK(blue.status_3xx == 2);
    CHECK(blue.status_4xx == 2);
    CHECK(blue.status_5xx == 2);
    CHECK(counters::errors(blue) == 2);
    CHECK(sum(blue.first_byte) == 8);
    check_sums(blue);
    CHECK(site.settled("green").decided == 0);
}

TEST_CASE("an endpoint that does not answer is told from one that breaks off", "[counting]") {
    const bool buffered = GENERATE(true, false);
    auto options = short_timeouts();
    options.location += buffered ? "" : " proxy_buffering off;";
    Site site(options);
    CAPTURE(buffered);
    const auto green = [&] { return site.settled("green"); };

    site.green.behave({.manner = Manner::hang});
    CHECK(site.get("/", kToGreen).status == 504);
    CHECK(green().timeouts == 1);
    site.green.behave({.manner = Manner::close});
    CHECK(site.get("/", kToGreen).status == 502);
    CHECK(green().resets == 1);
    site.green.behave({.manner = Manner::reset});
    CHECK(site.get("/", kToGreen).status == 502);
    CHECK(green().resets == 2);
    site.green.behave({.body = std::string(200'000, 'x'), .manner = Manner::half});
    CHECK(site.get("/", kToGreen).error != NetError::none);
    CHECK(green().resets == 3);
    site.green.behave({.body = std::string(2'000, 'x'), .manner = Manner::half});
    CHECK(site.get("/", kToGreen).error != NetError::none);
    CHECK(green().resets == 4);
    // Half an answer and then silence.
    site.green.behave({.body = "0123456789", .manner = Manner::drip, .drip_interval = 5000ms});
    CHECK(site.get("/", kToGreen).error != NetError::none);
    CHECK(green().timeouts == 2);
    site.green.stop();
    CHECK(site.get("/", kToGreen).status == 502);
    CHECK(green().connect_errors == 1);

    const auto counts = green();
    CHECK(counts.finished == 7);
    CHECK(counters::errors(counts) == 7);
    CHECK(counts.endpoints[0].failures >= 5);
    check_sums(counts);
}

TEST_CASE("an answer that is no HTTP counts against the variant", "[counting]") {
    Site site(short_timeouts());
    site.green.behave({.fields = {{"\x01nonsense", "1"}}});
    CHECK(site.get("/", kToGreen).status == 502);
    const auto counts = site.settled("green");
    CHECK(counts.resets == 1);
    check_sums(counts);
}

TEST_CASE("a visitor who leaves says nothing of the variant", "[counting]") {
    Site site({.location = "proxy_buffering off;"});
    const std::string target = GENERATE("/delay/5000", "/drip/1000");
    CAPTURE(target);
    {
        HttpConnection visitor(site.front());
        REQUIRE(visitor.send_raw("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"));
        wait_until([&] { return counters::in_flight(site.control.counts("app", "blue")) == 1; }, 5s,
                   "the attempt is in flight");
        if (target == "/drip/1000") {
            visitor.receive_raw("\r\n\r\nx");
        }
    }
    const auto counts = site.settled("blue");
    CHECK(counts.client_closed + counts.status_2xx == 1);
    CHECK(counts.client_closed == (target == "/delay/5000" ? 1 : 0));
    CHECK(counters::errors(counts) == 0);
    CHECK(counts.endpoints[0].failures == 0);
    check_sums(counts);
}

TEST_CASE("a kept connection that the endpoint had closed is no error", "[counting]") {
    std::atomic<int> number{0};
    // Every third request finds its kept connection closed, as after an idle timeout.
    Backend backend({.name = "blue", .handler = [&](const MessageParser&, Behaviour& behaviour) {
                         behaviour.manner = ++number % 3 == 2 ? Manner::close : Manner::answer;
                         return true;
                     }});
    Site site;
    site.control.set_endpoints("app", "blue", {backend.address()});
    HttpConnection client(site.front());
    for (int i = 0; i < 10; ++i) {
        CHECK(client.get("/").status == 200);
    }
    const auto counts = site.settled("blue");
    CHECK(counts.status_2xx == 10);
    CHECK(counts.stale_connections >= 4);
    CHECK(counters::errors(counts) == 0);
    CHECK(counts.retried_away == 0);
    CHECK(counts.endpoints[0].failures == 0);
    check_sums(counts);
}

TEST_CASE("a kept connection that a POST finds closed is an error the visitor sees", "[counting]") {
    std::atomic<int> number{0};
    Backend backend({.name = "blue", .handler = [&](const MessageParser&, Behaviour& behaviour) {
                         behaviour.manner = ++number == 2 ? Manner::close : Manner::answer;
                         return true;
                     }});
    Site site;
    site.control.set_endpoints("app", "blue", {backend.address()});
    HttpConnection client(site.front());
    CHECK(client.get("/").status == 200);
    // nginx must not send a POST twice, so nobody tries again.
    CHECK(client.request("POST", "/", {}, "x").status == 502);
    const auto counts = site.settled("blue");
    CHECK(counts.stale_connections == 0);
    CHECK(counts.resets == 1);
    check_sums(counts);
}

TEST_CASE("a WebSocket is in flight as long as it lives", "[counting]") {
    Site site;
    WebSocketClient socket(site.front(), "/chat");
    REQUIRE(socket.echoes("hello"));
    const auto open = site.control.counts("app", "blue");
    CHECK(counters::in_flight(open) == 1);
    CHECK(open.endpoints[0].in_flight == 1);
    CHECK(open.finished == 0);
    REQUIRE(socket.echoes(std::string(50'000, 'w')));
    CHECK(socket.close());
    const auto closed = site.settled("blue");
    CHECK(closed.status_1xx == 1);
    CHECK(counters::errors(closed) == 0);
    CHECK(closed.endpoints[0].in_flight == 0);
    CHECK(closed.bytes_received > 50'000);
    check_sums(closed, 1);
}

TEST_CASE("bytes are counted in both directions, and slow answers apart", "[counting]") {
    Site site;
    site.control.apply([](table::TableImage& image) {
        auto& guard = image.find("app")->guard;
        guard.armed = 1;
        guard.canary = 1;
        guard.slow_us[0] = 100'000;
    });
    HttpConnection client(site.front());
    CHECK(client.get("/bytes/300000").body.size() == 300'000);
    CHECK(client.request("POST", "/", {}, std::string(200'000, 'b')).status == 200);
    CHECK(client.get("/delay/150").status == 200);
    const auto counts = site.settled("blue");
    CHECK(counts.bytes_received > 300'000);
    CHECK(counts.bytes_received < 310'000);
    CHECK(counts.bytes_sent > 200'000);
    CHECK(counts.bytes_sent < 210'000);
    CHECK(counts.slow == 1);
    CHECK(counts.total_sum_us > 150'000);
    CHECK(counters::quantile(counts.total, 0.99) > 130'000);
    CHECK(counts.first_byte_sum_us > 140'000);
    check_sums(counts);
}

TEST_CASE("a request that nobody is asked for counts no attempt", "[counting]") {
    Site site({.server = "location /static { return 200 $teal_app; }\n"});
    CHECK(site.get("/static").body == "blue");
    const auto counts = site.settled("blue");
    CHECK(counts.decided == 1);
    CHECK(counts.started == 0);
}
