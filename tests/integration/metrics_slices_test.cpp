// The metrics page is made in slices: whole whatever its length, its reader or the connection is,
// and beside it the worker serves.
#include <algorithm>
#include <csignal>
#include <sstream>

#include "tests/harness/byte_stream.hpp"
#include "tests/harness/load.hpp"
#include "tests/harness/wait.hpp"
#include "tests/integration/site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr int kSplits = 400;

std::string many_splits() {
    std::string text = "variables_hash_max_size 8192;\n";
    for (int i = 0; i < kSplits; ++i) {
        text += "teal_split s" + std::to_string(i) +
                " { variant blue; variant green; default blue; }\n";
    }
    return text;
}

struct Shape {
    std::size_t lines = 0;
    std::size_t families = 0;
    bool is_whole = false;

    friend bool operator==(const Shape&, const Shape&) = default;
};

// The last family there is ends the page.
Shape shape_of(const std::string& body) {
    Shape shape;
    std::istringstream lines(body);
    std::string last;
    for (std::string line; std::getline(lines, line); last = line) {
        ++shape.lines;
        shape.families += line.rfind("# TYPE", 0) == 0 ? 1u : 0u;
    }
    shape.is_whole = !body.empty() && body.back() == '\n' &&
                     last.rfind("teal_endpoint_avoiding_workers", 0) == 0;
    return shape;
}

// Of a chunked answer, the body's chunks in order.
std::vector<std::size_t> chunk_sizes(const std::string& raw) {
    std::vector<std::size_t> sizes;
    std::size_t at = raw.find("\r\n\r\n") + 4;
    while (at < raw.size()) {
        sizes.push_back(std::stoul(raw.substr(at, 8), nullptr, 16));
        at = raw.find("\r\n", at) + 2 + sizes.back() + 2;
    }
    return sizes;
}

// One worker, so that who serves beside the page is who makes it.
Site many_site() {
    return Site({.http = many_splits(),
                 .server = "location = /slow { teal_metrics; limit_rate 2m; }\n"
                           "location = /zipped { teal_metrics; gzip on; gzip_types text/plain; }\n"
                           "location = /around { ssi on; default_type text/html; return 200 "
                           "'<!--# include virtual=\"/teal/metrics\" -->the end'; }\n"});
}

}  // namespace

TEST_CASE("a long metrics page is whole over every way there is to get it", "[metrics]") {
    Site site = many_site();
    site.tally(5);
    const auto answer = site.get("/teal/metrics");
    REQUIRE(answer.status == 200);
    const Shape whole = shape_of(answer.body);
    CHECK(whole.is_whole);
    CHECK(whole.families > 30);
    CHECK(answer.body.size() > 1'000'000);
    CHECK(answer.headers.get("Transfer-Encoding") == "chunked");
    CHECK(shape_of(site.get("/slow").body) == whole);
    const auto head = HttpConnection(site.front()).request("HEAD", "/teal/metrics");
    CHECK(head.status == 200);
    CHECK(head.body.empty());
    HttpConnection old(site.front());
    REQUIRE(old.send_raw("GET /teal/metrics HTTP/1.0\r\n\r\n"));
    const std::string raw = old.receive_raw();
    CHECK(shape_of(raw.substr(raw.find("\r\n\r\n") + 4)) == whole);
    HttpConnection kept(site.front());
    CHECK(shape_of(kept.get("/teal/metrics").body) == whole);
    CHECK(shape_of(kept.get("/teal/metrics").body) == whole);
    CHECK(kept.times_connected() == 1);
    const auto zipped = site.get("/zipped", {{"Accept-Encoding", "gzip"}});
    CHECK(zipped.status == 200);
    CHECK(zipped.headers.get("Content-Encoding") == "gzip");
    CHECK(zipped.body.size() < answer.body.size() / 10);
    CHECK(zipped.error == NetError::none);
    const std::string around = site.get("/around").body;  // a subrequest
    REQUIRE(around.ends_with("\nthe end"));
    CHECK(shape_of(around.substr(0, around.size() - 7)) == whole);
    // A short one has a length.
    CHECK(site.get("/teal/metrics?split=s7").headers.get("Content-Length") != "");
}

TEST_CASE("a reader who does not read holds up nobody, and one who leaves does no harm",
          "[metrics]") {
    Site site = many_site();
    HttpConnection lazy(site.front());
    REQUIRE(lazy.send_raw("GET /teal/metrics HTTP/1.1\r\nHost: a\r\n\r\n"));
    HttpConnection gone(site.front());
    REQUIRE(gone.send_raw("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"));
    REQUIRE(gone.receive_raw("teal_build_info") != "");
    gone.close();
    CHECK(site.tally(200)["blue"] == 200);
    const std::string late = lazy.receive_raw("0\r\n\r\n");
    CHECK_THAT(late, ContainsSubstring("teal_endpoint_avoiding_workers"));
    CHECK(shape_of(site.get("/teal/metrics").body).is_whole);
    // And one who is still being served when the worker is told to leave gets all of it.
    HttpConnection last(site.front());
    REQUIRE(last.send_raw("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"));
    REQUIRE(last.receive_raw("teal_build_info") != "");
    site.nginx.signal_master(SIGHUP);
    CHECK_THAT(last.receive_raw("0\r\n\r\n"), ContainsSubstring("teal_endpoint_avoiding_workers"));
}

TEST_CASE("beside traffic the page is made in short slices", "[metrics]") {
    constexpr std::size_t kShort = 32 * 1024;
    Site site = many_site();
    Load load({.target = site.front(), .connections = 4});
    load.start();
    load.wait_for_more(100, 10s);
    // It takes a turn or two to see that there is traffic, and for some milliseconds there may be
    // none: in most of the scrapes there is.
    int considerate = 0;
    for (int i = 0; i < 20; ++i) {
        HttpConnection scraper(site.front());
        REQUIRE(scraper.send_raw("GET /teal/metrics HTTP/1.1\r\nHost: a\r\n\r\n"));
        const auto chunks = chunk_sizes(scraper.receive_raw("\r\n0\r\n\r\n"));
        REQUIRE(chunks.size() > 15);
        CHECK(chunks.back() == 0);
        considerate += *std::max_element(chunks.begin() + 10, chunks.end()) < kShort ? 1 : 0;
    }
    load.stop();
    CHECK(load.failed() == 0);
    CHECK(considerate >= 5);
}
