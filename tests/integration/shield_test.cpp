// `retry safe`: a visitor of the canary never sees its failures, the counts do.
#include <string>

#include "tests/harness/wait.hpp"
#include "tests/integration/site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

const Fields kToGreen = {{"X-Pin", "green"}};

SiteOptions shielded(std::string location = "proxy_read_timeout 300ms;") {
    return {.split = "variant blue; variant green; default blue; retry safe;\n",
            .location = std::move(location)};
}

}  // namespace

TEST_CASE("a failure on a shielded variant is answered by the default one", "[shield]") {
    const std::string location =
        GENERATE("proxy_read_timeout 300ms;", "proxy_read_timeout 300ms; proxy_next_upstream off;",
                 "proxy_read_timeout 300ms; proxy_next_upstream_tries 1;",
                 "proxy_read_timeout 300ms; proxy_buffering off;");
    Site site(shielded(location));
    CAPTURE(location);
    std::uint64_t failures = 0;
    const auto is_blue = [&](const char* how) {
        CAPTURE(how);
        const auto answer = site.get("/", kToGreen);
        CHECK(answer.status == 200);
        CHECK(answer.headers.get("X-Served-By") == "blue");
        CHECK(answer.headers.get("X-Variant") == "green");  // the decision; the answer is another
        ++failures;
        const auto green = site.settled("green");
        CHECK(green.finished == failures);
        CHECK(counters::errors(green) == failures);
        CHECK(green.retried_away == failures);
        CHECK(site.settled("blue").status_2xx == failures);
    };
    for (const int status : {500, 502, 503, 504}) {
        site.green.behave({.status = status});
        is_blue("status");
    }
    site.green.behave({.manner = Manner::close});
    is_blue("closed");
    site.green.behave({.manner = Manner::reset});
    is_blue("reset");
    site.green.behave({.manner = Manner::hang});
    is_blue("timeout");
    site.green.stop();
    is_blue("connect error");
    site.control.set_endpoints("app", "green", {});
    is_blue("no endpoint");
    CHECK(site.settled("blue").decided == 0);
    CHECK(site.settled("green").decided == failures);
}

TEST_CASE("what is an answer is not retried", "[shield]") {
    Site site(shielded());
    for (const int status : {200, 302, 404, 429, 501}) {
        const auto answer = site.get("/status/" + std::to_string(status), kToGreen);
        CHECK(answer.status == status);
        CHECK(answer.headers.get("X-Served-By") == "green");
    }
    site.green.behave({.body = std::string(300'000, 'x'), .manner = Manner::half});
    CHECK(site.get("/", kToGreen).error != NetError::none);  // it had begun, blue cannot go on
    CHECK(site.settled("blue").started == 0);
    CHECK(site.settled("green").retried_away == 0);
}

TEST_CASE("a request that must not be repeated is not", "[shield]") {
    Site site(shielded());
    site.green.behave({.status = 503});
    HttpConnection client(site.front());
    CHECK(client.request("POST", "/", kToGreen, "order").status == 503);
    CHECK(client.request("PUT", "/", kToGreen, "twice is once").status == 200);
    site.green.behave({.manner = Manner::close});
    CHECK(client.request("POST", "/", kToGreen, "order").status == 502);
    CHECK(site.settled("blue").started == 1);
    site.green.stop();  // never arrived there: nginx tries again, and so do we
    CHECK(client.request("POST", "/", kToGreen, "order").status == 200);
    const auto green = site.settled("green");
    CHECK(counters::errors(green) == 4);
    CHECK(green.retried_away == 2);
}

TEST_CASE("a body is sent again in full", "[shield]") {
    Site site(shielded("client_body_buffer_size 8k;"));
    site.green.behave({.status = 503});
    const std::string body(300'000, 'u');
    HttpConnection client(site.front());
    const auto answer = client.request("PUT", "/echo", kToGreen, body);
    CHECK(answer.status == 200);
    CHECK(answer.headers.get("X-Served-By") == "blue");
    CHECK(answer.body.find(body) != std::string::npos);
}

TEST_CASE("the default variant itself is retried as the location says, not more", "[shield]") {
    Site site(shielded("proxy_next_upstream error;"));
    Backend second("second");
    site.control.set_endpoints("app", "blue", {site.blue.address(), second.address()});
    for (Backend* backend : {&site.blue, &site.green, &second}) {
        backend->behave({.status = 500});
    }
    CHECK(site.get("/", kToGreen).status == 500);
    CHECK(site.green.requests() == 1);
    CHECK(site.blue.requests() + second.requests() == 1);
    CHECK(site.get("/", {{"X-Pin", "blue"}}).status == 500);
    CHECK(site.blue.requests() + second.requests() == 2);
}

TEST_CASE("without the shield a failure is the visitor's to see", "[shield]") {
    Site site;
    site.green.behave({.status = 503});
    CHECK(site.get("/", kToGreen).status == 503);
    site.green.stop();
    CHECK(site.get("/", kToGreen).status == 502);
    CHECK(site.settled("blue").started == 0);
    CHECK(site.settled("green").retried_away == 0);
}
