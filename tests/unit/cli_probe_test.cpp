// Probes of real listeners, through the program that teal calls.
#include "cli/error.hpp"
#include "cli/health/probe.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/probe_program.hpp"
#include "tests/fixtures/temporary_directory.hpp"
#include "tests/harness/backend.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/wait.hpp"

#include <chrono>
#include <cstdlib>
#include <ctime>

using namespace teal::cli;
using namespace std::chrono_literals;
using teal::fixtures::TemporaryDirectory;
using teal::harness::Backend;
using teal::harness::Behaviour;
using teal::harness::Endpoint;
using teal::harness::Manner;
using teal::harness::PortReservation;

namespace {

ProbeAnswer probe(const ProbeTarget& target) {
    teal::fixtures::use_built_probe_program();
    const std::vector<ProbeAnswer> answers = probe_all({target});
    REQUIRE(answers.size() == 1);
    return answers.front();
}

ProbeAnswer probe(const std::string& address, const std::string& spec = "/",
                  double timeout_s = 5.0) {
    return probe({.name = "web 1",
                  .address = address,
                  .spec = parse_probe("health", spec),
                  .timeout_s = timeout_s});
}

}  // namespace

TEST_CASE("an instance that answers as wanted is good, with its times") {
    Backend backend("web");
    const ProbeAnswer answer = probe(backend.address(), "/status/204");
    CHECK(answer.good);
    CHECK(answer.problem.empty());
    CHECK(answer.status == 204);
    CHECK(answer.connect_ms > 0.0);
    CHECK(answer.first_byte_ms >= answer.connect_ms);
    CHECK(answer.total_ms >= answer.first_byte_ms);
    CHECK_FALSE(answer.certificate_expires_unix_s);
    CHECK(probe(backend.address(), "tcp").good);
}

TEST_CASE("IPv6 and unix sockets are asked as well") {
    const PortReservation port;
    Backend six({.name = "six", .address = "[::1]:" + std::to_string(port.port())});
    const TemporaryDirectory directory;
    Backend local({.name = "local", .address = "unix:" + directory / "app.sock"});
    for (const char* spec : {"/", "tcp"}) {
        INFO(spec);
        CHECK(probe(six.address(), spec).problem.empty());
        CHECK(probe(local.address(), spec).problem.empty());
        CHECK(probe("unix:" + directory / "other.sock", spec).problem ==
              "no such file or directory");
    }
}

TEST_CASE("the address is connected to, the host is only spoken") {
    std::string asked;
    Backend backend(
        {.name = "web",
         .handler = [&](const teal::harness::MessageParser& request, Behaviour& behaviour) {
             asked = std::string(request.target()) + " " + std::string(request.field("Host")) +
                     " " + std::string(request.field("X-Teal-Variant"));
             behaviour.body = asked;
             return true;
         }});
    ProbeTarget target{.name = "web 1",
                       .address = backend.address(),
                       .spec = {.path = "/a/../b?c=d"},
                       .headers = {{"X-Teal-Variant", "green"}}};
    CHECK(probe(target).good);
    CHECK(asked == "/a/../b?c=d " + backend.address() + " green");
    target.spec.host = "shop.example";
    CHECK(probe(target).problem.empty());
    CHECK(asked == "/a/../b?c=d shop.example green");
    // No proxy of the environment's comes between.
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    CHECK(probe(target).problem.empty());
    unsetenv("http_proxy");
}

TEST_CASE("whatever goes wrong is named") {
    Backend backend("web");
    CHECK(probe(backend.address(), "/status/503").problem == "status 503, wanted 200 to 399");
    CHECK(probe(backend.address(), "/status/503").status == 503);
    CHECK(probe(backend.address(), "/status/301").good);  // not followed
    CHECK(probe(backend.address(), "/status/301 200").problem == "status 301, wanted 200");
    CHECK(probe(backend.address(), "/status/503 503").good);

    backend.behave({.manner = Manner::close});
    CHECK(probe(backend.address()).problem == "connection closed without an answer");
    backend.behave({.body = std::string(1000, 'x'), .manner = Manner::half});
    CHECK(probe(backend.address()).problem == "connection closed in the middle of the answer");
    backend.behave({.manner = Manner::reset});
    CHECK(probe(backend.address()).problem == "connection reset by peer before an answer");
    backend.behave({.manner = Manner::hang});
    CHECK(probe(backend.address(), "/", 0.2).problem == "no answer within 0.2 s");
    CHECK(probe(backend.address(), "https", 0.2).problem == "no TLS connection within 0.2 s");
    backend.behave({.body = "slow", .manner = Manner::drip, .drip_interval = 10s});
    CHECK(probe(backend.address(), "/", 0.2).problem == "no whole answer within 0.2 s");

    backend.stop();
    CHECK(probe(backend.address()).problem == "connection refused");
    CHECK(probe(backend.address(), "tcp").problem == "connection refused");
    CHECK(probe("no-such-host.invalid:80").problem == "no such address: no-such-host.invalid:80");
}

TEST_CASE("an answer without an end counts once enough of it was seen") {
    Backend backend("web");
    backend.behave({.body = std::string(8 << 20, 'x')});
    const ProbeAnswer answer = probe(backend.address());
    CHECK(answer.problem.empty());
    CHECK(answer.good);
}

TEST_CASE("all targets are asked at the same time and answered in their order") {
    teal::fixtures::use_built_probe_program();
    Backend backend("web");
    backend.behave({.delay = 500ms});
    std::vector<ProbeTarget> targets;
    for (int i = 0; i < 40; ++i) {
        targets.push_back(
            {.name = "web", .address = i % 2 == 0 ? backend.address() : "127.0.0.1:1"});
    }
    const auto before = std::chrono::steady_clock::now();
    const std::vector<ProbeAnswer> answers = probe_all(targets);
    // One after the other would be ten seconds.
    CHECK(std::chrono::steady_clock::now() - before < 5s);
    REQUIRE(answers.size() == targets.size());
    for (std::size_t i = 0; i < answers.size(); ++i) {
        CHECK(answers[i].good == (i % 2 == 0));
    }
    CHECK(probe_all({}).empty());
}

TEST_CASE("a certificate's end is read, trusted or not") {
    const TemporaryDirectory directory;
    const std::string key = directory / "key.pem";
    const std::string certificate = directory / "certificate.pem";
    const auto made =
        teal::harness::run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                            "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out",
                            certificate, "-days", "30", "-subj", "/CN=shop.example"});
    INFO(made.err);
    REQUIRE(made.exit_code == 0);
    const std::time_t expected = std::time(nullptr) + 30 * 86400;
    const PortReservation port;
    const std::string number = std::to_string(port.port());
    teal::harness::Process server({.argv = {"openssl", "s_server", "-accept", "127.0.0.1:" + number,
                                            "-key", key, "-cert", certificate, "-www", "-quiet"}});
    const std::string address = "127.0.0.1:" + number;
    teal::harness::wait_until([&] { return bool(Endpoint(address).connect(100ms)); }, 10s,
                              "openssl s_server listens");

    const ProbeAnswer answer = probe(address, "https:/");
    CHECK(answer.problem.empty());
    REQUIRE(answer.certificate_expires_unix_s);
    CHECK(std::abs(*answer.certificate_expires_unix_s - expected) < 120);

    ProbeTarget strict{
        .name = "web 1",
        .address = address,
        .spec = {.scheme = ProbeScheme::https, .host = "shop.example", .verify_certificate = true}};
    CHECK(probe(strict).problem.find("certificate: ") == 0);
    CHECK_FALSE(probe(strict).good);
    strict.spec.verify_certificate = false;
    CHECK(probe(strict).problem.empty());
}

TEST_CASE("a header that would break the request is not sent") {
    teal::fixtures::use_built_probe_program();
    Backend backend("web");
    const ProbeTarget target{
        .name = "web 1", .address = backend.address(), .headers = {{"X-A", "b\r\nX-Evil: c"}}};
    CHECK_THROWS_WITH(probe_all({target}), Catch::Matchers::ContainsSubstring("line end"));
    CHECK(backend.requests() == 0);
}

TEST_CASE("a probe program that is missing or broken is an error of its own") {
    const char* before = std::getenv("TEAL_PROBE");
    const std::string kept = before == nullptr ? "" : before;
    const ProbeTarget target{.name = "web 1", .address = "127.0.0.1:1"};
    setenv("TEAL_PROBE", "/nonexistent/teal-probe", 1);
    CHECK_THROWS_WITH(probe_all({target}), Catch::Matchers::ContainsSubstring("No such file"));
    setenv("TEAL_PROBE", "/bin/echo", 1);
    CHECK_THROWS_WITH(probe_all({target}), Catch::Matchers::ContainsSubstring("unreadable answer"));
    setenv("TEAL_PROBE", "/bin/false", 1);
    CHECK_THROWS_WITH(probe_all({target}), Catch::Matchers::ContainsSubstring("ended with 1"));
    unsetenv("TEAL_PROBE");
    CHECK_THROWS_WITH(probe_all({target}), Catch::Matchers::ContainsSubstring("libexec/teal"));
    if (!kept.empty()) {
        setenv("TEAL_PROBE", kept.c_str(), 1);
    }
}
