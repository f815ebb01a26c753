// The words of a probe, as labels and teal.toml have them.
#include "cli/error.hpp"
#include "cli/health/probe.hpp"
#include "tests/catch.hpp"

#include <string>

using teal::cli::Error;
using teal::cli::ExitCode;
using teal::cli::parse_probe;
using teal::cli::probe_text;
using teal::cli::ProbeScheme;
using teal::cli::ProbeSpec;

namespace {

std::string why_not(const std::string& text) {
    try {
        (void)parse_probe("label teal.health", text);
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::usage);
        CHECK_FALSE(error.next_step().empty());
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("a probe is a path, with a status or a range of them if need be") {
    CHECK(parse_probe("health", "/healthz") == ProbeSpec{.path = "/healthz"});
    CHECK(parse_probe("health", "/") == ProbeSpec{});
    CHECK(parse_probe("health", "  /a?b=c%20d \t") == ProbeSpec{.path = "/a?b=c%20d"});
    CHECK(parse_probe("health", "/healthz 204") ==
          ProbeSpec{.path = "/healthz", .lowest_status = 204, .highest_status = 204});
    CHECK(parse_probe("health", "/healthz 200-299") ==
          ProbeSpec{.path = "/healthz", .lowest_status = 200, .highest_status = 299});
    CHECK(parse_probe("health", "/healthz 100-599") ==
          ProbeSpec{.path = "/healthz", .lowest_status = 100, .highest_status = 599});
}

TEST_CASE("a probe may name how it asks") {
    CHECK(parse_probe("health", "tcp") == ProbeSpec{.scheme = ProbeScheme::tcp});
    CHECK(parse_probe("health", "http") == ProbeSpec{});
    CHECK(parse_probe("health", "https") == ProbeSpec{.scheme = ProbeScheme::https});
    CHECK(parse_probe("health", "http:/x") == ProbeSpec{.path = "/x"});
    CHECK(parse_probe("health", "https:/healthz 200") == ProbeSpec{.scheme = ProbeScheme::https,
                                                                   .path = "/healthz",
                                                                   .lowest_status = 200,
                                                                   .highest_status = 200});
}

TEST_CASE("what is no probe is refused with its place and the reason") {
    CHECK(why_not("/x y").find("label teal.health \"/x y\"") != std::string::npos);
    CHECK(why_not("").find("empty") != std::string::npos);
    CHECK(why_not(" \t").find("empty") != std::string::npos);
    CHECK(why_not("htpps:/x").find("did you mean \"https\"") != std::string::npos);
    CHECK(why_not("https:x").find("does not begin with \"/\"") != std::string::npos);
    CHECK(why_not("https:").find("does not begin with \"/\"") != std::string::npos);
    CHECK(why_not("http://shop.example/healthz").find("no host") != std::string::npos);
    CHECK(why_not("tcp 200").find("neither path nor status") != std::string::npos);
    CHECK(why_not("tcp:/x").find("neither path nor status") != std::string::npos);
    CHECK(why_not("/x 200 299").find("more than") != std::string::npos);
    CHECK(why_not("/x 99").find("\"99\" is not a status") != std::string::npos);
    CHECK(why_not("/x 600").find("is not a status") != std::string::npos);
    CHECK(why_not("/x 200-").find("\"\" is not a status") != std::string::npos);
    CHECK(why_not("/x -200").find("is not a status") != std::string::npos);
    CHECK(why_not("/x +200").find("is not a status") != std::string::npos);
    CHECK(why_not("/x 4294967496").find("is not a status") != std::string::npos);
    CHECK(why_not("/x 299-200").find("ends before it begins") != std::string::npos);
    CHECK(why_not("/x\r\nX-Evil:1").find("no URL has") != std::string::npos);
    CHECK(why_not("/caf\xc3\xa9").find("no URL has") != std::string::npos);
}

TEST_CASE("a probe is told to people in one line") {
    CHECK(probe_text({}) == "GET /, 200 to 399");
    CHECK(probe_text(parse_probe("health", "https:/h 200")) == "GET /h over TLS, 200");
    CHECK(probe_text({.host = "shop.example"}) == "GET / of shop.example, 200 to 399");
    CHECK(probe_text({.scheme = ProbeScheme::tcp}) == "a TCP connection");
}
