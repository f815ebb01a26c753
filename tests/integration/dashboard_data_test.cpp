// The numbers behind the dashboard, and the events beside them, whatever lies in their place.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/harness/wait.hpp"
#include "tests/integration/dashboard_site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

std::string event(const std::string& text, const std::string& more = "") {
    return "{\"time_unix_ms\":1763992000123,\"kind\":\"switched\",\"split\":\"app\",\"text\":\"" +
           text + "\"}" + more + "\n";
}

void write_events(const Site& site, const std::string& text) {
    const std::string path = site.control.directory + "/events.jsonl";
    std::filesystem::remove(path);
    std::ofstream(path, std::ios::binary) << text;
}

double ms_of(const std::function<void()>& action) {
    const auto begun = std::chrono::steady_clock::now();
    action();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun)
        .count();
}

}  // namespace
TEST_CASE("the data tell what the table and the counters say", "[dashboard]") {
    const Site site =
        dashboard_site({.http = "teal_split other { variant x; default x; }\n", .workers = 2});
    site.control.set("app", {{"blue", 75}, {"green", 25}});
    site.control.wait_applied(site.control.generation());
    HttpConnection client(site.front());
    for (int i = 0; i < 10; ++i) {
        client.get("/", {{"X-Pin", "blue"}});
    }
    client.get("/status/503", {{"X-Pin", "green"}});
    site.settled("blue");
    site.settled("green");

    const json all = dashboard_data(site);
    CHECK(all["table"]["path"] == site.control.table);
    CHECK(all["table"]["health"] == "ok");
    CHECK(all["table"]["generation"] == site.control.generation());
    CHECK(all["workers"] == json({{"live", 2}, {"applied", 2}}));
    CHECK(all["counts"] == true);
    CHECK(all["splits"] == 2);
    CHECK(std::abs(all["now_ms"].get<double>() / 1000 - static_cast<double>(std::time(nullptr))) <
          60);
    CHECK(all["list"] == json::parse("[[\"other\",1,[[\"x\",-1,0,0,0,0]]],"
                                     "[\"app\",0,[[\"blue\",750000,0,10,0,0],"
                                     "[\"green\",250000,0,1,1,0]]]]"));
    CHECK(all["split"]["name"] == "other");  // the first of nginx.conf
    CHECK_FALSE(all["split"].contains("ring"));
    const json app = dashboard_data(site, "?split=app")["split"];
    CHECK(app["name"] == "app");
    CHECK(app["default"] == 0);
    CHECK_THAT(app["rules"].get<std::string>(), ContainsSubstring("key $arg_key"));
    CHECK(app["goals"].empty());
    CHECK_FALSE(app.contains("canary"));
    CHECK(app["ring"].back()[0] == 1'000'000);
    double blue_ppm = 0;
    double from = 0;
    for (const json& segment : app["ring"]) {
        blue_ppm += segment[1] == 0 ? segment[0].get<double>() - from : 0;
        from = segment[0];
    }
    CHECK(blue_ppm == 750'000);
    const json& blue = app["variants"][0];
    CHECK(blue["started"] == 10);
    CHECK(blue["finished"] == 10);
    CHECK(blue["endpoints"] == json::array({json::array({site.blue.address(), 10, 0, 0, 0})}));
    double counted = 0;
    for (std::size_t i = 1; i < blue["first_byte"].size(); ++i) {
        counted += blue["first_byte"][i].get<double>();
    }
    CHECK(counted == 10);
    CHECK(app["variants"][1]["errors"] == 1);
    CHECK(app["variants"][1]["status_5xx"] == 1);

    CHECK(dashboard_data(site, "?split=other")["split"]["name"] == "other");
    CHECK_FALSE(dashboard_data(site, "?list=no").contains("list"));
    CHECK(site.get("/teal/data?split=nowhere").status == 404);
}

TEST_CASE("a canary is in the data, with its evidence, its lease and its trip", "[dashboard]") {
    const Site site = dashboard_site();
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const auto now_ns = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u;
    site.control.apply([&](table::TableImage& image) {
        auto& app = *image.find("app");
        app.guard.armed = 1;
        app.guard.canary = 1;
        app.guard.alpha_e9 = 100'000;
        app.guard.margin_e9 = 1'250'000'000;
        app.guard.objective_e9 = 20'000'000;
        app.guard.armed_unix_ns = now_ns;
        app.guard.lease_expires_unix_ns = now_ns + 3'600'000'000'000u;
        app.find("green")->weight_ppm = 100'000;
        app.find("blue")->weight_ppm = 900'000;
    });
    wait_until([&] { return !dashboard_data(site)["split"]["canary"]["evidence"].is_null(); }, 10s,
               "the guard to look");
    json split = dashboard_data(site)["split"];
    CHECK(split["state"] == 2);
    const json& canary = split["canary"];
    CHECK(canary["canary"] == "green");
    CHECK(canary["baseline"] == "blue");
    CHECK(canary["armed"] == true);
    CHECK(canary["margin"] == 1.25);
    CHECK(canary["objective"] == 0.02);
    CHECK(canary["lease_expires_ms"] == now_ns / 1'000'000 + 3'600'000);
    CHECK(canary["lease_holds"] == false);
    CHECK(canary["evidence"]["threshold"].get<double>() == Catch::Approx(9.2103));
    CHECK(canary["evidence"]["tripped_ms"] == 0);

    // The latch, as the guard sets it.
    counters::File file = site.control.counters_file(Access::read_write);
    file.split(counters::find_split(file, "app")).tripped_arming = now_ns;
    CHECK(dashboard_data(site)["split"]["state"] == 3);
    CHECK(dashboard_data(site)["list"][0][1] == 3);
    file.split(counters::find_split(file, "app")).tripped_arming = 0;

    site.control.apply([&](table::TableImage& image) {
        image.find("app")->guard.lease_expires_unix_ns = now_ns - 1'000'000'000;
    });
    CHECK(dashboard_data(site)["split"]["state"] == 4);
}

TEST_CASE("without a table the dashboard says so", "[dashboard]") {
    const Site site = dashboard_site({.publish = false});
    const json unpublished = dashboard_data(site);
    CHECK(unpublished["table"]["health"] == "never published");
    CHECK(unpublished["table"]["generation"] == 0);
    CHECK(unpublished["split"]["state"] == 1);
    CHECK_FALSE(unpublished["split"].contains("ring"));
}

TEST_CASE("events are handed on when they changed, and only what is an event", "[dashboard]") {
    const Site site = dashboard_site();
    CHECK(dashboard_data(site)["events"] ==
          json({{"tag", ""}, {"problem", ""}, {"lines", json::array()}, {"skipped", 0}}));
    write_events(site,
                 event("green \\\"serves\\\" \\\\ ü") + event("<img src=x onerror=alert(1)>"));
    const json events = dashboard_data(site)["events"];
    REQUIRE(events["lines"].size() == 2);
    CHECK(events["lines"][0]["text"] == "green \"serves\" \\ ü");
    CHECK(events["lines"][1]["text"] == "<img src=x onerror=alert(1)>");
    CHECK(events["skipped"] == 0);
    const std::string tag = events["tag"];
    CHECK(tag.size() > 4);
    const json same = dashboard_data(site, "?events=" + tag)["events"];
    CHECK_FALSE(same.contains("lines"));
    CHECK(same["tag"] == tag);
    write_events(site, event("blue serves"));
    CHECK(dashboard_data(site, "?events=" + tag)["events"]["lines"].size() == 1);

    const std::vector<std::string> bad = {
        "nonsense\n",
        "\n",
        "{}\n",
        event("a", ",\"x\":1}"),
        event("a\"},\"list\":[[\"evil\""),
        event(std::string("a\0b", 3)),
        event("a\x01"),
        event("\xff\xfe"),
        event("\\u0041"),
        event(std::string(2000, 'a')),
        "{\"time_unix_ms\":1e9,\"kind\":\"k\",\"split\":\"\",\"text\":\"\"}\n",
        "{\"time_unix_ms\":1763992000123,\"kind\":\"swit",  // torn
    };
    std::string text = event("first");
    for (const std::string& line : bad) {
        text += line;
    }
    write_events(site, text);
    const json told = dashboard_data(site)["events"];
    REQUIRE(told["lines"].size() == 1);
    CHECK(told["lines"][0]["text"] == "first");
    CHECK(told["skipped"] == bad.size());
}

TEST_CASE("whatever lies at the place of the events costs the events only", "[dashboard]") {
    const Site site = dashboard_site();
    const std::string path = site.control.directory + "/events.jsonl";
    const auto problem = [&] {
        return dashboard_data(site)["events"]["problem"].get<std::string>();
    };

    REQUIRE(mkfifo(path.c_str(), 0666) == 0);
    CHECK(problem() == "not a regular file");
    std::filesystem::remove(path);
    const std::string secret = site.control.directory + "/elsewhere";
    std::ofstream(secret) << event("a secret");
    std::filesystem::create_symlink(secret, path);
    CHECK(problem() == "not a regular file");
    std::filesystem::remove(path);
    std::filesystem::create_directory(path);
    CHECK(problem() == "not a regular file");
    std::filesystem::remove(path);
    write_events(site, event("small"));
    CHECK(problem().empty());
    std::filesystem::resize_file(path, std::uintmax_t{1} << 40);  // sparse, a terabyte
    CHECK(problem() == "too large");
    std::filesystem::remove(path);
    CHECK(problem().empty());
    if (geteuid() == 0) {  // workers are somebody else then
        write_events(site, event("hidden"));
        std::filesystem::permissions(path, std::filesystem::perms::owner_read);
        CHECK(problem() == "unreadable");
    }
    CHECK(dashboard_data(site)["table"]["health"] == "ok");
}
TEST_CASE("a thousand splits are told in little, and the list only when it is wanted",
          "[dashboard]") {
    constexpr int kSplits = 1000;
    std::string blocks;
    for (int i = 0; i < kSplits - 1; ++i) {
        blocks += "teal_split service_" + std::to_string(i) +
                  " { variant blue; variant green; default blue; }\n";
    }
    Site site({.http = blocks, .server = kDashboard, .start = false, .publish = false});
    ControlPlane large(kSplits + 24);
    std::string text = site.config({.http = blocks, .server = kDashboard});
    text.replace(text.find(site.control.table), site.control.table.size(), large.table);
    site.nginx.edit_config(text);
    large.publish([&](table::TableImage& image) {
        for (int i = 0; i < kSplits - 1; ++i) {
            image.splits.push_back(fixtures::split(
                "service_" + std::to_string(i), static_cast<std::uint64_t>(i),
                {fixtures::variant("blue", table::kTotalPpm), fixtures::variant("green", 0)}));
        }
    });
    site.nginx.start();
    HttpConnection client(site.front());
    std::size_t list = 0;
    std::size_t one = 0;
    const double list_ms = ms_of([&] { list = client.get("/teal/data").body.size(); });
    const double one_ms =
        ms_of([&] { one = client.get("/teal/data?split=service_500&list=no").body.size(); });
    std::printf("of %d splits: the list has %zu bytes after %.1f ms, one split %zu after %.1f ms\n",
                kSplits, list, list_ms, one, one_ms);
    CHECK(json::parse(client.get("/teal/data").body)["list"].size() == kSplits);
    CHECK(list < 120'000);
    CHECK(one < 2'000);
}
