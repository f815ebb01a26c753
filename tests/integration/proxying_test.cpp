// A split must be invisible to what passes through it: HTTP in all its versions and manners,
// WebSockets, caches and TLS behave as with any upstream of nginx.
#include <nlohmann/json.hpp>
#include <string>

#include "tests/harness/process.hpp"
#include "tests/harness/wait.hpp"
#include "tests/harness/websocket_client.hpp"
#include "tests/integration/site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using Catch::Matchers::ContainsSubstring;
using namespace std::chrono_literals;

namespace {

const Fields kToGreen = {{"X-Pin", "green"}};

RunResult curl(const Site& site, std::vector<std::string> arguments,
               const std::string& path = "/") {
    std::vector<std::string> argv{"curl", "-sS", "--max-time", "20"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    argv.push_back("http://127.0.0.1:" + std::to_string(site.port) + path);
    return run(argv);
}

}  // namespace

TEST_CASE("HTTP/0.9 and HTTP/1.0 clients are served by the split", "[proxying]") {
    Site site;
    site.control.set("app", {{"blue", 0}, {"green", 100}});
    HttpConnection client(site.front());
    REQUIRE(client.send_raw("GET /\r\n"));
    CHECK(client.receive_raw() == "green\n");
    REQUIRE(client.send_raw("GET / HTTP/1.0\r\n\r\n"));
    CHECK_THAT(client.receive_raw(), ContainsSubstring("X-Variant: green"));
    REQUIRE(
        client.send_raw("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n"
                        "Connection: close\r\n\r\n"));
    const auto pipelined = client.receive_raw();
    CHECK(pipelined.find("green\n") != pipelined.rfind("green\n"));
}

TEST_CASE("HTTP/2 clients are served, and switched between two streams", "[proxying]") {
    Site site({.server = "http2_max_concurrent_streams 64;\n", .listen = "http2"});
    const auto first = curl(site, {"--http2-prior-knowledge", "-i"});
    CAPTURE(first.err);
    CHECK_THAT(first.out, ContainsSubstring("HTTP/2 200"));
    CHECK_THAT(first.out, ContainsSubstring("x-variant: blue"));
    site.control.set("app", {{"blue", 0}, {"green", 100}});
    CHECK(curl(site, {"--http2-prior-knowledge"}).out == "green\n");
    const std::string body(200'000, 'p');
    const auto file = site.workspace.write("body", body);
    const auto posted =
        curl(site, {"--http2-prior-knowledge", "--data-binary", "@" + file.string()}, "/echo");
    CHECK(nlohmann::json::parse(posted.out)["body"] == body);

    // One connection with many streams, while the split is switched to and fro.
    Process streams({.argv = {"h2load", "-n", "3000", "-c", "2", "-m", "20",
                              "http://127.0.0.1:" + std::to_string(site.port) + "/delay/1"}});
    for (int i = 0; streams.running(); ++i) {
        site.control.set("app", {{"blue", i % 2 * 100}, {"green", 100 - i % 2 * 100}});
    }
    CHECK(streams.exit_code() == 0);
    CHECK_THAT(streams.out(), ContainsSubstring("3000 succeeded, 0 failed, 0 errored"));
    CHECK(site.settled("blue").status_2xx + site.settled("green").status_2xx == 3003);
}

TEST_CASE("bodies pass whole in both directions, buffered or not", "[proxying]") {
    const std::string location =
        GENERATE("", "proxy_buffering off; proxy_request_buffering off;",
                 "proxy_buffer_size 1k; proxy_buffers 2 1k; proxy_busy_buffers_size 1k;");
    CAPTURE(location);
    Site site({.location = "client_max_body_size 0; " + location});
    HttpConnection client(site.front());
    CHECK(client.get("/bytes/5000000").body == std::string(5'000'000, 'x'));
    CHECK(client.get("/chunked/500000").body == std::string(500'000, 'x'));
    CHECK(client.get("/drip/20").body.size() == 20);
    const auto head = client.request("HEAD", "/bytes/1000");
    CHECK(head.status == 200);
    CHECK(head.headers.get("Content-Length") == "1000");
    CHECK(client.get("/status/204").status == 204);
    const std::string body(3'000'000, 'u');
    CHECK(nlohmann::json::parse(client.request("POST", "/echo", {}, body).body)["body"] == body);
    const auto chunked = client.request("POST", "/echo", {{"Transfer-Encoding", "chunked"}},
                                        "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
    CHECK(nlohmann::json::parse(chunked.body)["body"] == "hello world");
    for (const char* method : {"PUT", "DELETE", "PATCH", "OPTIONS", "REPORT"}) {
        CHECK(nlohmann::json::parse(client.request(method, "/echo").body)["method"] == method);
    }
    CHECK(client.times_connected() == 1);
    CHECK(counters::errors(site.settled("blue")) == 0);
    CHECK(site.settled("blue").finished == 12);
}

TEST_CASE("a client that reads slowly gets everything", "[proxying]") {
    Site site({.location = "proxy_buffering off;"});
    HttpConnection client(site.front());
    REQUIRE(client.send_raw("GET /bytes/8000000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    wait_until([&] { return site.blue.requests() == 1; }, 5s, "the request is at the backend");
    CHECK(counters::in_flight(site.control.counts("app", "blue")) == 1);
    site.control.set("app", {{"blue", 0}, {"green", 100}});  // it goes on where it was
    CHECK(client.receive_raw().size() > 8'000'000);
    CHECK(site.settled("blue").status_2xx == 1);
}

TEST_CASE("an unbuffered upload goes to the decided variant, and is not repeated", "[proxying]") {
    Site site({.split = "variant blue; variant green; default blue; retry safe;\n",
               .location = "proxy_request_buffering off;"});
    site.green.behave({.status = 503});
    HttpConnection client(site.front());
    // nginx has passed the body on already: it has nothing to send a second time.
    CHECK(client.request("PUT", "/", kToGreen, std::string(300'000, 'u')).status == 503);
    CHECK(site.settled("green").retried_away == 0);
    CHECK(site.settled("blue").started == 0);
}

TEST_CASE("a WebSocket stays where it was opened, whatever is switched", "[proxying]") {
    Site site({.workers = 2});
    WebSocketClient on_blue(site.front(), "/chat");
    REQUIRE(on_blue.handshake().headers.get("X-Variant") == "blue");
    site.control.set("app", {{"blue", 0}, {"green", 100}});
    WebSocketClient on_green(site.front(), "/chat");
    REQUIRE(on_green.handshake().headers.get("X-Variant") == "green");
    CHECK(on_blue.echoes("still here"));
    CHECK(on_green.echoes(std::string(100'000, 'g')));
    CHECK(on_blue.ping());
    CHECK(site.blue.websockets() == 1);
    CHECK(site.green.websockets() == 1);
    site.nginx.reload();  // old workers keep their WebSockets
    CHECK(on_blue.echoes("and here"));
    CHECK(on_blue.close());
    CHECK(on_green.close());
}

TEST_CASE("an answer from nginx's cache is no attempt", "[proxying]") {
    Site site({.start = false});
    SiteOptions options;
    options.http = "proxy_cache_path " + site.workspace.path("nginx/cache").string() +
                   " keys_zone=cache:1m;\n";
    options.location =
        "proxy_cache cache; proxy_cache_valid 200 1h; proxy_cache_key "
        "$teal_app$request_uri; add_header X-Cache $upstream_cache_status; "
        "add_header X-Variant $teal_app;";
    site.nginx.edit_config(site.config(options));
    site.nginx.start();
    const auto cache = [&](const Fields& fields = {}) {
        const auto answer = site.get("/", fields);
        return answer.headers.get("X-Cache") + " " + answer.body;
    };
    CHECK(cache() == "MISS blue\n");
    CHECK(cache() == "HIT blue\n");
    CHECK(cache() == "HIT blue\n");
    CHECK(cache(kToGreen) == "MISS green\n");  // one entry for each variant
    CHECK(cache(kToGreen) == "HIT green\n");
    const auto blue = site.settled("blue");
    CHECK(blue.decided == 3);
    CHECK(blue.started == 1);
}

TEST_CASE("a TLS origin is reached through the split, by table and by hand", "[proxying]") {
    Workspace workspace;
    const auto key = workspace.path("key.pem").string();
    const auto certificate = workspace.path("certificate.pem").string();
    REQUIRE(
        run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
             "-nodes", "-days", "2", "-subj", "/CN=origin.example", "-addext",
             "subjectAltName=DNS:origin.example", "-keyout", key, "-out", certificate})
            .exit_code == 0);
    const auto port = workspace.free_port();
    NginxServer origin(workspace,
                       {.http = "server { listen 127.0.0.1:" + std::to_string(port) +
                                " ssl; ssl_certificate " + certificate + "; ssl_certificate_key " +
                                key + "; return 200 \"$ssl_session_reused $ssl_server_name\"; }",
                        .load_module = false,
                        .directory = "origin"});
    origin.start();
    const std::string address = "127.0.0.1:" + std::to_string(port);
    const bool by_hand = GENERATE(false, true);
    const std::string kept = GENERATE("", "keepalive 8;");
    CAPTURE(by_hand, kept);
    SiteOptions options;
    if (by_hand) {
        options.split = "variant blue; variant green pool; default blue;\n";
        options.http = "upstream pool { server " + address + "; }\n";
    }
    options.upstream = kept;
    options.server =
        "location /tls { proxy_pass https://app; proxy_ssl_verify on; "
        "proxy_ssl_name origin.example; proxy_ssl_server_name on; "
        "proxy_ssl_trusted_certificate " +
        certificate +
        "; }\n"
        "location /wrong { proxy_pass https://app; proxy_ssl_verify on; "
        "proxy_ssl_name other.example; proxy_ssl_trusted_certificate " +
        certificate + "; }\n";
    Site site(options);
    site.control.set_endpoints("app", "green", {address});
    site.control.set("app", {{"blue", 0}, {"green", 100}});
    HttpConnection client(site.front());
    for (int i = 0; i < 10; ++i) {
        const auto answer = client.get("/tls");
        CHECK(answer.status == 200);
        CHECK_THAT(answer.body, ContainsSubstring(" origin.example"));
        // From 1.29.7 on nginx keeps connections by itself, and there is no second session.
        if (by_hand && kept.empty() && i > 0 && tested_nginx_version() < 1'029'007) {
            CHECK(answer.body == "r origin.example");  // nginx's session cache still works
        }
    }
    CHECK(site.settled("green").status_2xx == 10);
    if (kept.empty()) {  // a kept connection was verified when it was made
        CHECK(site.get("/wrong").status == 502);
        CHECK(site.settled("green").connect_errors == 1);
    }
}
