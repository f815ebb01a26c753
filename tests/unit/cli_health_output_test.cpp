// A health check in words: what is said of times and certificates, and which color decides.
#include "cli/output/health_output.hpp"
#include "cli/output/quantities.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/fake_stack.hpp"

#include <nlohmann/json.hpp>

using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;
using teal::fixtures::running_instance;

namespace {

std::int64_t in_days(double days) {
    return static_cast<std::int64_t>(now_unix_ns() / 1'000'000'000u) +
           static_cast<std::int64_t>(days * 86'400);
}

DeploymentHealth shop() {
    DeploymentHealth health;
    for (const Color color : {Color::blue, Color::green}) {
        ColorHealth& one = health.colors.emplace_back();
        one.color = color;
        one.role = color == Color::blue ? "serving" : "standby";
        one.decides = color == Color::blue;
        one.report.healthy = true;
        InstanceHealth& web = one.report.instances.emplace_back();
        web.instance = running_instance("web", 1, "10.0.0.1:3000");
        web.probe.emplace();
        web.answer = ProbeAnswer{
            .good = true, .status = 200, .connect_ms = 1, .first_byte_ms = 2, .total_ms = 3};
    }
    return health;
}

}  // namespace

TEST_CASE("only the color that decides makes a check good or bad") {
    DeploymentHealth health = shop();
    CHECK(health.healthy());
    health.colors[1].report.healthy = false;
    health.colors[1].report.problem = "web 1: status 500";
    CHECK(health.healthy());
    CHECK(health_json(health).at("healthy") == true);
    CHECK_THAT(health_text(health, false),
               ContainsSubstring("green (standby): not healthy: web 1: status 500"));
    health.colors[0].report.healthy = false;
    CHECK_FALSE(health.healthy());
    CHECK(health_json(health).at("healthy") == false);
}

TEST_CASE("details are times, addresses and the days that a certificate has left") {
    DeploymentHealth health = shop();
    std::optional<ProbeAnswer>& answer = health.colors[0].report.instances[0].answer;
    CHECK_THAT(health_text(health, false), ContainsSubstring("200 in 3.00 ms"));
    CHECK_THAT(health_text(health, false), !ContainsSubstring("10.0.0.1:3000"));
    const std::string text = health_text(health, true);
    for (const char* part : {"10.0.0.1:3000", "1.00 ms", "2.00 ms", "3.00 ms", "CERTIFICATE"}) {
        CHECK_THAT(text, ContainsSubstring(part));
    }
    answer->certificate_expires_unix_s = in_days(12.5);
    CHECK_THAT(health_text(health, true), ContainsSubstring("12 days left"));
    CHECK(health_json(health)["colors"][0]["instances"][0]["answer"]["certificate_days_left"] ==
          12);
    answer->certificate_expires_unix_s = in_days(-0.5);
    CHECK_THAT(health_text(health, true), ContainsSubstring("expired 1 days ago"));
    CHECK(days_until(in_days(0.5)) == 0);
}

TEST_CASE("an answer says what came, or why none did") {
    CHECK(answer_text({.good = true, .connect_ms = 0.5}) == "connected in 0.50 ms");
    CHECK(answer_text({.status = 503, .problem = "status 503, wanted 200 to 399"}) ==
          "no: status 503, wanted 200 to 399");
    DeploymentHealth health = shop();
    InstanceHealth& web = health.colors[0].report.instances[0];
    web.answer = ProbeAnswer{.problem = "connection refused"};
    web.problem = "connection refused";
    web.needed = false;
    CHECK_THAT(health_text(health, true), ContainsSubstring("connection refused (not critical)"));
    web.needed = true;
    CHECK_THAT(health_text(health, true), !ContainsSubstring("not critical"));
}
