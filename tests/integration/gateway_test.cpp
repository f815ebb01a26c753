// The other protocols of nginx's upstreams: FastCGI, SCGI, uwsgi and gRPC go through a split too.
#include <algorithm>
#include <memory>
#include <string>

#include "tests/harness/process.hpp"
#include "tests/harness/wait.hpp"
#include "tests/integration/cgi_responder.hpp"
#include "tests/integration/site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

// An HTTP/2 origin that returns what it was sent, as a gRPC service does: with trailers. It shows
// the bytes; grpc_test.cpp shows what the gRPC library makes of them.
class GrpcOrigin {
public:
    GrpcOrigin(const std::string& name, std::uint16_t port)
        : port_(port),
          process_({.argv = {"nghttpd", "--no-tls", "--echo-upload", "--address=127.0.0.1",
                             "--trailer=grpc-status: 0", "--trailer=x-origin: " + name,
                             std::to_string(port)}}) {
        wait_until([this] { return static_cast<bool>(Endpoint::loopback(port_).connect(1s)); }, 10s,
                   "nghttpd listens");
    }
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

private:
    std::uint16_t port_;
    Process process_;
};

}  // namespace

TEST_CASE("FastCGI, SCGI and uwsgi applications are split, counted and shielded", "[gateway]") {
    const Gateway gateway = GENERATE(Gateway::fastcgi, Gateway::scgi, Gateway::uwsgi);
    const std::string pass = gateway == Gateway::fastcgi ? "fastcgi"
                             : gateway == Gateway::scgi  ? "scgi"
                                                         : "uwsgi";
    CAPTURE(pass);
    Site site({.split = "variant blue; variant green; default blue; retry safe;\n",
               .upstream = "",
               .server = "location /app/ { " + pass + "_pass app; " + pass +
                         "_param REQUEST_URI $request_uri; " + pass +
                         "_param REQUEST_METHOD $request_method; }\n"});
    CgiResponder blue(gateway, "blue", site.workspace.free_port());
    CgiResponder green(gateway, "green", site.workspace.free_port());
    site.control.set_endpoints("app", "blue", {blue.address()});
    site.control.set_endpoints("app", "green", {green.address()});
    site.control.set("app", {{"blue", 50}, {"green", 50}});
    HttpConnection client(site.front());
    for (int i = 0; i < 40; ++i) {
        const auto answer = client.get("/app/?key=" + std::to_string(i));
        CHECK(answer.status == 200);
        CHECK(answer.body == answer.headers.get("X-Variant") + "\n");
    }
    CHECK(blue.requests() > 0);
    CHECK(green.requests() > 0);
    CHECK(site.settled("blue").status_2xx == static_cast<std::uint64_t>(blue.requests()));
    CHECK(site.settled("green").status_2xx == static_cast<std::uint64_t>(green.requests()));
    green.answer_with(503);
    CHECK(client.get("/app/", {{"X-Pin", "green"}}).body == "blue\n");
    CHECK(site.settled("green").status_5xx == 1);
    CHECK(site.settled("green").retried_away == 1);
    CHECK(client.get("/app/", {{"X-Pin", "blue"}}).status == 200);
}

TEST_CASE("gRPC calls go through a split with their trailers", "[gateway]") {
    Site site({.split = "variant blue; variant green; default blue; retry safe;\n",
               .server = "location /echo.Echo/ { grpc_pass grpc://app; }\n",
               .listen = "http2"});
    const auto blue = std::make_unique<GrpcOrigin>("blue", site.workspace.free_port());
    auto green = std::make_unique<GrpcOrigin>("green", site.workspace.free_port());
    site.control.set_endpoints("app", "blue", {blue->address()});
    site.control.set_endpoints("app", "green", {green->address()});
    // A gRPC message: no compression, its length, its bytes.
    std::string message(5 + 100'000, 'm');
    message.replace(0, 5, std::string("\x00\x00\x01\x86\xa0", 5));
    const auto file = site.workspace.write("message", message);
    const auto call = [&] {
        return run({"nghttp", "-v", "-H", "content-type: application/grpc", "-H", "te: trailers",
                    "-d", file.string(),
                    "http://127.0.0.1:" + std::to_string(site.port) + "/echo.Echo/Echo"});
    };
    const auto check = [&](const RunResult& result, const std::string& variant,
                           const std::string& origin) {
        INFO(result.out.substr(0, 3000));
        for (const std::string& line : {std::string(":status: 200"), "x-variant: " + variant,
                                        std::string("grpc-status: 0"), "x-origin: " + origin}) {
            CAPTURE(line);
            CHECK(result.out.find(line) != std::string::npos);
        }
        CHECK(std::count(result.out.begin(), result.out.end(), 'm') >= 100'000);
    };
    check(call(), "blue", "blue");
    site.control.set("app", {{"blue", 0}, {"green", 100}});
    check(call(), "green", "green");
    check(call(), "green", "green");
    CHECK(site.settled("blue").status_2xx == 1);
    CHECK(site.settled("green").status_2xx == 2);
    CHECK(site.settled("green").bytes_received > 200'000);
    // A call to a canary that is gone never left nginx: it is tried on the default.
    green.reset();
    check(call(), "green", "blue");
    CHECK(counters::errors(site.settled("green")) >= 1);
}
