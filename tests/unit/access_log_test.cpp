// nginx's access log by variant: lines of the format, lines that are not, and a file that is
// rotated and cut while it is read.
#include "cli/access_log/follow.hpp"
#include "cli/error.hpp"
#include "cli/files/tailed_file.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/temporary_directory.hpp"

#include <fmt/format.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;
using teal::fixtures::TemporaryDirectory;

namespace {

std::string line_of(const std::string& variant, const std::string& uri,
                    const std::string& attempts = "") {
    return fmt::format(
        R"({{"time":"2026-11-24T14:30:01+00:00","split":"app","variant":"{}","reason":"key",)"
        R"("generation":7,"attempts":"{}","status":200,"method":"GET","uri":"{}",)"
        R"("request_time":0.012,"upstream_addr":"127.0.0.1:1","upstream_status":"502, 200"}})",
        variant, attempts.empty() ? variant : attempts, uri);
}

void append(const std::string& file, const std::string& text) {
    std::ofstream(file, std::ios::app) << text;
}

struct Shown {
    std::string text;
    AccessLogCounts counts;
};

Shown shown(const AccessLogRequest& request) {
    Shown result;
    result.counts = show_access_log(
        request, [&](std::string_view text) { result.text += text; }, [](std::string_view) {});
    return result;
}

}  // namespace

TEST_CASE("An access line becomes one that people read") {
    const auto plain = parse_access_line(line_of("green", "/cart?x=1"));
    REQUIRE(plain);
    CHECK(access_text(*plain) ==
          "2026-11-24T14:30:01+00:00 app green (key) 200    12 ms GET /cart?x=1");
    const auto retried = parse_access_line(line_of("green", "/", "green, blue"));
    REQUIRE(retried);
    CHECK_THAT(access_text(*retried), ContainsSubstring(" [tried green, blue: 502, 200]"));
    CHECK(retried->generation == "7");
}

TEST_CASE("What a client sent neither moves the cursor nor hides its line") {
    const auto escape = parse_access_line(line_of("green", "/\\u001b[2J\\n"));
    REQUIRE(escape);
    CHECK_THAT(access_text(*escape), ContainsSubstring("/?[2J?"));
    const auto bytes = parse_access_line(line_of("green", "/\xff\xfe"));
    REQUIRE(bytes);
    CHECK_THAT(access_text(*bytes), ContainsSubstring("GET /??"));
}

TEST_CASE("Lines of other formats are not access lines") {
    for (const char* line :
         {"", "x", "127.0.0.1 - - [24/Nov/2026] \"GET / HTTP/1.1\" 200 5", "{\"a\":1}", "[]", "7",
          R"({"time":"t","split":"app","variant":"","status":200})",
          R"({"time":"t","split":"app","variant":"blue","status":20)"}) {
        CAPTURE(line);
        CHECK_FALSE(parse_access_line(line));
    }
}

TEST_CASE("The last lines of a variant are found in a long log, and malformed ones counted") {
    const TemporaryDirectory directory;
    const std::string file = directory / "access.log";
    std::string text;
    for (int i = 0; i < 5000; ++i) {
        text += line_of(i % 10 == 0 ? "green" : "blue", "/" + std::to_string(i)) + "\n";
        text += i == 4995 ? "not JSON\n" : "";
    }
    append(file, text + R"({"time":"unfinished)");
    AccessLogRequest request{.file = file, .filter = {.variant = "green"}, .lines = 3};
    const Shown three = shown(request);
    CHECK_THAT(three.text, ContainsSubstring("/4970\n"));
    CHECK(three.text.find("/4970\n") < three.text.find("/4980\n"));
    CHECK_THAT(three.text, ContainsSubstring("/4990\n"));
    CHECK(three.counts.taken == 3);
    CHECK(three.counts.malformed == 1);
    CHECK(three.counts.passed_over == 27);
    CHECK_THAT(malformed_text(three.counts), ContainsSubstring("1 of 31 lines"));
    CHECK_THAT(malformed_text(three.counts), ContainsSubstring("\"not JSON\""));
    request.lines = 1'000'000;
    CHECK(shown(request).counts.taken == 500);
    request.lines = 0;
    CHECK(shown(request).text.empty());
    request.raw = true;
    request.lines = 1;
    CHECK(shown(request).text == line_of("green", "/4990") + "\n");
    request.filter.split = "other";
    CHECK(shown(request).text.empty());
    CHECK_THROWS_WITH(shown({.file = directory / "none"}), ContainsSubstring("none"));
}

TEST_CASE("A followed file may be rotated, written to after that, and cut") {
    const TemporaryDirectory directory;
    const std::string file = directory / "access.log";
    append(file, "old\n");
    TailedFile tail(file);
    std::vector<std::string> seen;
    tail.begin([&](std::string_view line) {
        seen.emplace_back(line);
        return true;
    });
    CHECK(seen == std::vector<std::string>{"old"});
    CHECK(tail.read_new() == "");
    append(file, "1\n2");
    CHECK(tail.read_new() == "1\n");  // what is not finished waits
    append(file, "2\n");
    CHECK(tail.read_new() == "22\n");
    std::filesystem::rename(file, file + ".1");
    append(file + ".1", "3\n");
    CHECK(tail.read_new() == "3\n");
    append(file, "5\n");
    append(file + ".1", "4\n");  // nginx has not been told yet
    CHECK(tail.read_new() == "4\n5\n");
    append(file + ".1", "6\n");
    append(file, "7\n");
    CHECK(tail.read_new() == "6\n7\n");
    std::filesystem::resize_file(file, 0);
    append(file, "8\n");
    CHECK(tail.read_new() == "8\n");
    std::filesystem::remove(file);
    CHECK(tail.read_new() == "");
    append(file, "9\n");
    CHECK(tail.read_new() == "9\n");
}

TEST_CASE("A file's whole lines are visited from the last one, across blocks") {
    const TemporaryDirectory directory;
    const std::string file = directory / "log";
    const std::string lengthy(100'000, 'x');
    append(file, "\nfirst\n" + lengthy + "\n\nlast\nunfinished");
    std::vector<std::string> seen;
    TailedFile(file).begin([&](std::string_view line) {
        seen.emplace_back(line);
        return true;
    });
    CHECK(seen == std::vector<std::string>{"last", "", lengthy, "first", ""});
    const std::string empty = directory / "empty";
    append(empty, "");
    TailedFile(empty).begin([](std::string_view) -> bool { throw std::logic_error("no line"); });
    append(directory / "one", "unfinished");
    TailedFile(directory / "one").begin([](std::string_view) -> bool {
        throw std::logic_error("no whole line");
    });
}
