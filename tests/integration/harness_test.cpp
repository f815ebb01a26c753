// The harness must be trusted before it may judge anything: every part is shown to work on a real
// nginx, and every check is shown to fail when it should.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>

#include "tests/catch.hpp"
#include "tests/harness/backend.hpp"
#include "tests/harness/catch_failures.hpp"
#include "tests/harness/http_client.hpp"
#include "tests/harness/idle_connections.hpp"
#include "tests/harness/load.hpp"
#include "tests/harness/nginx_server.hpp"
#include "tests/harness/process_table.hpp"
#include "tests/harness/wait.hpp"
#include "tests/harness/websocket_client.hpp"

using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

std::string proxy_to(const std::string& address, std::uint16_t port) {
    return "upstream app { server " + address +
           "; keepalive 32; }\n"
           "map $http_upgrade $teal_connection { default upgrade; '' ''; }\n"
           "server {\n"
           "  listen 127.0.0.1:" +
           std::to_string(port) +
           " backlog=4096;\n"
           "  keepalive_requests 1000000;\n"
           "  location / {\n"
           "    proxy_http_version 1.1;\n"
           "    proxy_set_header Upgrade $http_upgrade;\n"
           "    proxy_set_header Connection $teal_connection;\n"
           "    proxy_pass http://app;\n"
           "  }\n"
           "}\n";
}

// Plain nginx in front of one backend.
struct ProxiedBackend {
    Workspace workspace;
    Backend backend{"blue"};
    std::uint16_t port = workspace.free_port();
    NginxServer nginx{workspace, {.http = proxy_to(backend.address(), port), .load_module = false}};

    ProxiedBackend() { nginx.start(); }
    Endpoint front() const { return Endpoint::loopback(port); }
};

}  // namespace

TEST_CASE("requests travel through a plain nginx to the backend", "[harness]") {
    ProxiedBackend site;
    HttpConnection client(site.front());

    const auto answer = client.get("/anything");
    CHECK(answer.status == 200);
    CHECK(answer.headers.get("x-served-by") == "blue");
    CHECK(answer.body == "blue\n");

    CHECK(client.get("/status/503").status == 503);
    CHECK(client.get("/bytes/300000").body.size() == 300000);
    CHECK(client.get("/chunked/100000").body.size() == 100000);
    CHECK(client.get("/drip/20").body.size() == 20);
    CHECK(client.get("/delay/30").ok());
    const auto echoed =
        client.request("POST", "/echo?q=1", {{"X-Mark", "seen"}}, std::string(100000, 'b'));
    CHECK_THAT(echoed.body, Catch::Matchers::ContainsSubstring("seen"));
    CHECK_THAT(echoed.body, Catch::Matchers::ContainsSubstring("/echo?q=1"));
    CHECK_THAT(echoed.body, Catch::Matchers::ContainsSubstring("bbbbbbbb"));
    CHECK(client.request("HEAD", "/").body.empty());
    CHECK(client.times_connected() == 1);
    CHECK(site.backend.requests() == 8);
    CHECK(site.nginx.check_log().empty());
}

TEST_CASE("a backend listens on IPv4, IPv6 and unix sockets, and comes back at the same address",
          "[harness]") {
    Workspace workspace;
    const std::string port = std::to_string(workspace.free_port());
    const int family = GENERATE(4, 6, 0);
    const std::string address = family == 4   ? "127.0.0.1:" + port
                                : family == 6 ? "[::1]:" + port
                                              : "unix:" + workspace.path("backend.sock").string();
    Backend backend({.name = "green", .address = address});
    CHECK(http_get(address, "/").headers.get("X-Served-By") == "green");
    backend.stop();
    CHECK(http_get(address, "/").error == NetError::connect);
    backend.restart();
    CHECK(http_get(address, "/").ok());
}

TEST_CASE("a backend misbehaves in the manner it was told", "[harness]") {
    Backend backend("blue");
    HttpConnection client(backend.address(), 300ms);

    backend.behave({.manner = Manner::close});
    CHECK(client.get("/").error == NetError::closed);
    backend.behave({.manner = Manner::reset});
    CHECK(client.get("/").error == NetError::reset);
    backend.behave({.manner = Manner::hang});
    CHECK(client.get("/").error == NetError::timeout);
    CHECK(client.request("GET", "/", {{"Connection", "close"}}).error == NetError::timeout);
    backend.behave({.body = "0123456789", .manner = Manner::half});
    const auto half = client.get("/");
    CHECK(half.error == NetError::closed);
    CHECK(half.body == "01234");
    backend.behave({.status = 429, .body = "slow down", .fields = {{"Retry-After", "1"}}});
    CHECK(client.get("/").headers.get("retry-after") == "1");
    backend.behave({.fail_every = 2});
    CHECK(client.get("/").status + client.get("/").status == 700);
}

TEST_CASE("a draining backend finishes what it began", "[harness]") {
    Backend backend("blue");
    Load load({.target = backend.address(), .connections = 4, .path = "/delay/50"});
    load.start();
    load.wait_for_more(4, 5s);
    CHECK(backend.drain(2s));
    load.stop();
    const auto results = load.results();
    INFO(results.summary());
    CHECK(results.failed() == results.count(LoadFailure::connect));
}

TEST_CASE("raw bytes reach nginx as they are", "[harness]") {
    ProxiedBackend site;
    HttpConnection client(site.front());
    REQUIRE(client.send_raw("GET /\r\n"));  // HTTP/0.9: a body without a head
    CHECK(client.receive_raw() == "blue\n");
    REQUIRE(client.send_raw("GET / HTTP/1.0\r\n\r\n"));
    CHECK_THAT(client.receive_raw(), Catch::Matchers::ContainsSubstring("Connection: close"));
    REQUIRE(client.send_raw("NONSENSE\r\n\r\n"));
    CHECK_THAT(client.receive_raw(), Catch::Matchers::ContainsSubstring("400 Bad Request"));
}

TEST_CASE("WebSockets pass nginx, echo, pong and close", "[harness]") {
    ProxiedBackend site;
    WebSocketClient socket(site.front(), "/chat");
    REQUIRE(socket.is_open());
    CHECK(socket.handshake().status == 101);
    CHECK(socket.handshake().headers.get("X-Served-By") == "blue");
    CHECK(socket.echoes("hello"));
    CHECK(socket.echoes(std::string(70000, 'w')));
    CHECK(socket.ping());
    CHECK(site.backend.websockets() == 1);
    CHECK(socket.close());
}

TEST_CASE("reload and binary upgrade bring new processes and lose no request", "[harness]") {
    ProxiedBackend site;
    const auto workers = site.nginx.worker_pids();
    const auto master = site.nginx.master_pid();
    // nginx closes idle connections of old workers without a word; busy ones it must finish.
    Load load(
        {.target = site.front(), .connections = 8, .idle_cut_fails = false, .sends_again = true});
    load.start();
    load.wait_for_more(200, 10s);

    site.nginx.reload(OldWorkers::wait_until_gone);
    CHECK(site.nginx.worker_pids() != workers);
    CHECK(site.nginx.master_pid() == master);
    load.wait_for_more(200, 10s);

    site.nginx.upgrade_binary();
    CHECK(site.nginx.master_pid() != master);
    CHECK_FALSE(process_running(master));
    load.wait_for_more(200, 10s);
    load.stop();
    const auto results = load.results();
    INFO(results.summary());
    CHECK(results.failed() == 0);
    CHECK(results.count("blue") >= 600);
}

TEST_CASE("a killed worker is replaced and its death is expected", "[harness]") {
    ProxiedBackend site;
    const auto victim = site.nginx.worker_pids().at(0);
    site.nginx.kill_worker(victim, SIGKILL);
    wait_until(
        [&] {
            const auto workers = site.nginx.worker_pids();
            return workers.size() == 1 && workers[0] != victim;
        },
        5s, "another worker has taken its place");
    CHECK(http_get(site.front(), "/").ok());
    CHECK(site.nginx.finish().empty());
    CHECK_THROWS_AS(site.nginx.kill_worker(1, SIGKILL), std::invalid_argument);
}

TEST_CASE("nginx's refusals are reported in its own words", "[harness]") {
    ProxiedBackend site;
    site.nginx.expect_log("unknown directive");
    site.nginx.edit_config("nonsense;");
    const auto test = site.nginx.test_config();
    CHECK(test.code == 1);
    CHECK_THAT(test.output, Catch::Matchers::ContainsSubstring("unknown directive \"nonsense\""));
    CHECK_THROWS_AS(site.nginx.reload(), NginxRefused);
    CHECK(http_get(site.front(), "/").ok());
}

TEST_CASE("idle connections and WebSockets are proven alive, and cut ones are counted",
          "[harness]") {
    ProxiedBackend site;
    IdleConnections direct(site.backend.address(), 100);
    IdleConnections proxied(site.front(), 100);
    IdleWebSockets sockets(site.front(), 20);
    CHECK(direct.broken() == 0);
    CHECK(proxied.broken() == 0);
    CHECK(sockets.broken() == 0);

    site.backend.stop();
    site.backend.restart();
    CHECK(direct.broken() == 100);
    CHECK(proxied.broken() == 0);
    CHECK(sockets.broken() == 20);
}
