// What the gRPC library does, through a split: unary calls, streams in both directions, statuses in
// trailers, and a switch while a stream is open.
#include <string>

#include "tests/integration/grpc_peer.hpp"
#include "tests/integration/site.hpp"

using namespace teal;
using namespace teal::integration;

namespace {

constexpr int kOk = 0;
constexpr int kNotFound = 5;
constexpr int kUnavailable = 14;

struct GrpcSite {
    GrpcSite() {
        site.control.set_endpoints("app", "blue", {blue.address()});
        site.control.set_endpoints("app", "green", {green.address()});
    }
    void switch_to_green() { site.control.set("app", {{"blue", 0}, {"green", 100}}); }

    GrpcService blue{"blue"};
    GrpcService green{"green"};
    Site site{{.split = "variant blue; variant green; default blue; retry safe;\n",
               .rules = "key $http_x_key; pin $http_x_pin;\n",
               .server = "location /echo.Echo/ { grpc_pass grpc://app; }\n",
               .listen = "http2"}};
    GrpcCaller caller{site.front()};
};

}  // namespace

TEST_CASE_METHOD(GrpcSite, "unary gRPC calls are split, pinned and counted", "[grpc]") {
    site.control.set("app", {{"blue", 50}, {"green", 50}});
    for (int i = 0; i < 40; ++i) {
        const GrpcAnswer answer = caller.call("hello", {}, std::to_string(i));
        CAPTURE(i, answer.details);
        CHECK(answer.status == kOk);
        CHECK(answer.message == answer.variant + ": hello");
    }
    CHECK(blue.calls() > 0);
    CHECK(green.calls() > 0);
    CHECK(blue.calls() + green.calls() == 40);
    CHECK(caller.call("hello", "green").message == "green: hello");
    CHECK(caller.call("hello", "blue").message == "blue: hello");
    const std::string large(1'000'000, 'm');  // more than a window of HTTP/2, in both directions
    CHECK(caller.call(large, "green").message == "green: " + large);
    CHECK(site.settled("blue").status_2xx == static_cast<std::uint64_t>(blue.calls()));
    CHECK(site.settled("green").status_2xx == static_cast<std::uint64_t>(green.calls()));
}

TEST_CASE_METHOD(GrpcSite, "a gRPC status reaches the caller with its details", "[grpc]") {
    const GrpcAnswer refused = caller.call("refuse", "green");
    CHECK(refused.status == kNotFound);
    CHECK(refused.details == "green has none");
    CHECK(refused.variant == "green");
}

TEST_CASE_METHOD(GrpcSite, "a gRPC stream stays where it was opened, new calls move", "[grpc]") {
    GrpcStream on_blue = caller.open_stream();
    CHECK(on_blue.exchange("one") == "blue: one");
    CHECK(on_blue.exchange("two") == "blue: two");
    switch_to_green();
    CHECK(caller.call("hello").message == "green: hello");
    CHECK(on_blue.exchange("still here") == "blue: still here");
    GrpcStream on_green = caller.open_stream();
    CHECK(on_green.exchange("one") == "green: one");
    for (int i = 0; i < 20; ++i) {
        site.control.set("app", {{"blue", i % 2 * 100}, {"green", 100 - i % 2 * 100}});
        const std::string message = std::to_string(i);
        CHECK(on_blue.exchange(message) == "blue: " + message);
        CHECK(on_green.exchange(message) == "green: " + message);
        CHECK(caller.call("hello").message == (i % 2 == 0 ? "green: hello" : "blue: hello"));
    }
    CHECK(counters::in_flight(site.control.counts("app", "blue")) == 1);
    CHECK(counters::in_flight(site.control.counts("app", "green")) == 1);
    CHECK(on_blue.finish().status == kOk);
    CHECK(on_green.finish().status == kOk);
    CHECK(site.settled("blue").status_2xx == 11);
    CHECK(site.settled("green").status_2xx == 12);
    CHECK(counters::errors(site.settled("blue")) == 0);
    CHECK(counters::errors(site.settled("green")) == 0);
}

TEST_CASE_METHOD(GrpcSite, "a gRPC service that is gone is shielded, its streams are seen cut",
                 "[grpc]") {
    GrpcStream on_green = caller.open_stream("green");
    CHECK(on_green.exchange("one") == "green: one");
    green.kill();
    CHECK_FALSE(on_green.exchange("two"));  // negative control of the streams above
    const int status = on_green.finish().status;
    CAPTURE(status);
    CHECK(status != kOk);
    const GrpcAnswer shielded = caller.call("hello", "green");
    CHECK(shielded.message == "blue: hello");
    blue.kill();
    CHECK(caller.call("hello").status == kUnavailable);  // nginx's 502
}
