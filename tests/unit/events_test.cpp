// The events file: which lines are events, what the CLI writes, and what it does about a file that
// is not its own.
#include "cli/events/event_log.hpp"
#include "shared/events/file.hpp"
#include "shared/table/paths.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/temporary_directory.hpp"

#include <sys/stat.h>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace teal;
using namespace teal::cli;
using nlohmann::json;

namespace {

std::string line_with(const std::string& text) {
    return "{\"time_unix_ms\":1,\"kind\":\"k\",\"split\":\"\",\"text\":\"" + text + "\"}";
}

struct TableDirectory {
    fixtures::TemporaryDirectory directory;
    std::string table = directory / "table";
    std::string events = directory / "events.jsonl";

    std::vector<std::string> lines() const {
        std::ifstream file(events);
        std::vector<std::string> all;
        for (std::string line; std::getline(file, line);) {
            all.push_back(line);
        }
        return all;
    }
};

}  // namespace

TEST_CASE("The events lie beside the table") {
    CHECK(std::string(table::events_path_of(table::kDefaultTablePath).text) ==
          "/run/teal/events.jsonl");
    CHECK(std::string(table::events_path_of("/srv/x/shop").text) == "/srv/x/events.jsonl");
}

TEST_CASE("An event's line is exactly the four keys with plain UTF-8") {
    CHECK(events::is_event_line(line_with("")));
    CHECK(events::is_event_line(line_with("a \\\" b \\\\ c <i>")));
    CHECK(events::is_event_line(line_with("\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80 \xed\x9f\xbf")));
    const std::string head = line_with("");
    CHECK(events::is_event_line(line_with(std::string(events::kMostLineBytes - head.size(), 'a'))));
    CHECK_FALSE(events::is_event_line(
        line_with(std::string(events::kMostLineBytes - head.size() + 1, 'a'))));
    for (const std::string& text :
         {std::string("\\n"), std::string("\\u0041"), std::string("\\"), std::string("\n"),
          std::string("\x7f"), std::string("\0", 1), std::string("\x80"), std::string("\xc0\x80"),
          std::string("\xc1\xbf"), std::string("\xe0\x9f\xbf"), std::string("\xed\xa0\x80"),
          std::string("\xf0\x8f\xbf\xbf"), std::string("\xf4\x90\x80\x80"),
          std::string("\xf5\x80\x80\x80"), std::string("\xe2\x82"), std::string("\"x")}) {
        CAPTURE(text);
        CHECK_FALSE(events::is_event_line(line_with(text)));
    }
    for (const std::string line :
         {"", "{}", "{\"time_unix_ms\":,\"kind\":\"k\",\"split\":\"\",\"text\":\"\"}",
          "{\"time_unix_ms\":01,\"kind\":\"k\",\"split\":\"\",\"text\":\"\"}",
          "{\"time_unix_ms\":-1,\"kind\":\"k\",\"split\":\"\",\"text\":\"\"}",
          "{\"time_unix_ms\":1234567890123456,\"kind\":\"k\",\"split\":\"\",\"text\":\"\"}",
          "{\"time_unix_ms\":1,\"kind\":\"\",\"split\":\"\",\"text\":\"\"}",
          "{\"time_unix_ms\":1,\"kind\":\"K\",\"split\":\"\",\"text\":\"\"}",
          "{\"time_unix_ms\":1,\"kind\":\"abcdefghijklmnopqrstuvwxyzabcdefg\",\"split\":\"\","
          "\"text\":\"\"}",
          "{\"time_unix_ms\":1,\"split\":\"\",\"kind\":\"k\",\"text\":\"\"}",
          "{\"time_unix_ms\":1,\"kind\":\"k\",\"split\":\"\",\"text\":\"\"} ",
          "{\"time_unix_ms\":1,\"kind\":\"k\",\"split\":\"\",\"text\":\"\",\"x\":1}"}) {
        CAPTURE(line);
        CHECK_FALSE(events::is_event_line(line));
    }
}

TEST_CASE("Whatever the CLI has to tell becomes an event's line") {
    const std::vector<std::string> texts = {
        "green serves (was blue)",      "",
        "two\nlines\tand\x01 more\x7f", "\"quoted\" \\ back",
        "not \xff utf-8 \xc3",          std::string(5000, '"'),
        std::string(5000, '\\'),        std::string(339, 'a') + "\xe2\x82\xac\xe2\x82\xac"};
    for (const std::string& text : texts) {
        const std::string line =
            event_line({1'763'992'000'123'000'000, "step reached", text, text});
        CAPTURE(line);
        CHECK(events::is_event_line(line));
        CHECK(json::parse(line)["time_unix_ms"] == 1'763'992'000'123);
        CHECK(json::parse(line)["kind"] == "step_reached");
    }
    CHECK(json::parse(event_line({1, "k", "app, api", "a\nb \"c\""}))["text"] == "a b \"c\"");
    const std::string cut = json::parse(event_line({1, "k", "", texts.back()}))["text"];
    CHECK(cut.substr(cut.size() - 3) == "…");
    CHECK(event_line({0, "k", "", ""}).find("\"time_unix_ms\":1") != std::string::npos);  // now
}

TEST_CASE("The newest two hundred events are kept, in their order") {
    const TableDirectory at;
    for (int i = 0; i < 70; ++i) {
        const std::string number = std::to_string(i);
        CHECK(record_events(at.table, {{1, "k", "", number + "a"},
                                       {1, "k", "", number + "b"},
                                       {1, "k", "", number + "c"}})
                  .empty());
    }
    const std::vector<std::string> lines = at.lines();
    REQUIRE(lines.size() == 200);
    CHECK(json::parse(lines.front())["text"] == "3b");
    CHECK(json::parse(lines.back())["text"] == "69c");
    struct stat status {};
    REQUIRE(stat(at.events.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777u) == 0644);
    CHECK(record_events(at.table, {}).empty());
}

TEST_CASE("Damaged events are dropped, and what is no file is replaced") {
    const TableDirectory at;
    std::ofstream(at.events) << line_with("good") << "\nnonsense\n"
                             << line_with("torn").substr(0, 9);
    CHECK(record_events(at.table, {{1, "k", "", "new"}}).empty());
    REQUIRE(at.lines().size() == 2);
    CHECK(json::parse(at.lines()[0])["text"] == "good");

    std::filesystem::remove(at.events);
    REQUIRE(mkfifo(at.events.c_str(), 0600) == 0);
    CHECK(record_events(at.table, {{1, "k", "", "over a pipe"}}).empty());
    CHECK(at.lines().size() == 1);

    const std::string elsewhere = at.directory / "elsewhere";
    std::ofstream(elsewhere) << "mine";
    std::filesystem::remove(at.events);
    std::filesystem::create_symlink(elsewhere, at.events);
    CHECK(record_events(at.table, {{1, "k", "", "over a link"}}).empty());
    CHECK(at.lines().size() == 1);
    std::ifstream untouched(elsewhere);
    std::string text;
    std::getline(untouched, text);
    CHECK(text == "mine");

    std::filesystem::resize_file(at.events, std::uintmax_t{1} << 33);
    CHECK(record_events(at.table, {{1, "k", "", "small again"}}).empty());
    CHECK(at.lines().size() == 1);

    std::filesystem::remove(at.events);
    std::filesystem::create_directory(at.events);
    CHECK(record_events(at.table, {{1, "k", "", "x"}}).find("events.jsonl") != std::string::npos);
}

TEST_CASE("Events that cannot be written are a sentence, not an exception") {
    const std::string problem = record_events("/nonexistent/table", {{1, "k", "", "x"}});
    CHECK(problem.rfind("not written for the dashboard: ", 0) == 0);
    CHECK(problem.find("/nonexistent/events.jsonl") != std::string::npos);
}

TEST_CASE("Two commands lose nothing of each other's events") {
    const TableDirectory at;
    constexpr int kEach = 20;
    const auto write = [&](const char* name) {
        for (int i = 0; i < kEach; ++i) {
            if (!record_events(at.table, {{1, "k", "", name}}).empty()) {
                return;
            }
        }
    };
    std::thread other([&] { write("a"); });
    write("b");
    other.join();
    CHECK(at.lines().size() == 2 * kEach);
}
