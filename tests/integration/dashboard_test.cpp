// The dashboard as HTTP has it: its files, what browsers may do with them, who may see them, and
// the numbers behind it, whatever lies at the place of the events file.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/harness/wait.hpp"
#include "tests/integration/site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

constexpr std::size_t kMostPageBytes = 150'000;
const std::string kDashboard = "location ^~ /teal/ { teal_dashboard; }\n";

Site dashboard_site(SiteOptions options = {}) {
    options.server = kDashboard + options.server;
    return Site(options);
}

// What the page and its modules load, itself included.
std::set<std::string> files_of(const Site& site) {
    std::set<std::string> files{""};
    std::vector<std::string> left{""};
    const std::regex loads("(?:(?:href|src)=\"|(?:from|import) *'\\./)([a-z_]+\\.[a-z]+)[\"']");
    while (!left.empty()) {
        const std::string text = site.get("/teal/" + left.back()).body;
        left.pop_back();
        for (std::sregex_iterator one(text.begin(), text.end(), loads), end; one != end; ++one) {
            if (files.insert((*one)[1]).second) {
                left.push_back((*one)[1]);
            }
        }
    }
    return files;
}

json data_of(const Site& site, const std::string& query = "") {
    const HttpResponse answer = site.get("/teal/data" + query);
    CAPTURE(query, answer.body);
    REQUIRE(answer.status == 200);
    return json::parse(answer.body);
}

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

TEST_CASE("the page's files are small, typed, and kept as long as they are the same",
          "[dashboard]") {
    const Site site = dashboard_site();
    std::size_t bytes = 0;
    const std::set<std::string> files = files_of(site);
    CHECK(files.count("app.js") == 1);
    CHECK(files.count("style.css") == 1);
    for (const std::string& file : files) {
        CAPTURE(file);
        const HttpResponse answer = site.get("/teal/" + file);
        REQUIRE(answer.status == 200);
        bytes += answer.body.size();
        const std::string type = answer.headers.get("Content-Type");
        const std::string extension = file.empty() ? ".html" : file.substr(file.rfind('.'));
        CHECK(type == (extension == ".html"  ? "text/html; charset=utf-8"
                       : extension == ".css" ? "text/css; charset=utf-8"
                       : extension == ".js"  ? "text/javascript; charset=utf-8"
                                             : "image/svg+xml"));
        CHECK(answer.headers.get("Cache-Control") == "no-cache");
        const std::string etag = answer.headers.get("ETag");
        REQUIRE(std::regex_match(etag, std::regex("\"[0-9a-f]{20}\"")));
        const HttpResponse again = site.get("/teal/" + file, {{"If-None-Match", etag}});
        CHECK(again.status == 304);
        CHECK(again.body.empty());
        CHECK(site.get("/teal/" + file, {{"If-None-Match", "\"another\""}}).status == 200);
    }
    std::printf("the dashboard's %zu files have %zu bytes\n", files.size(), bytes);
    CHECK(bytes <= kMostPageBytes);
    // The modules are joined when the module is built: none is asked for by itself.
    CHECK(files.size() == 4);
    CHECK(site.get("/teal/feed.js").status == 404);
}

TEST_CASE("the page may load and run nothing but its own files, and be framed by nobody",
          "[dashboard]") {
    const Site site = dashboard_site();
    for (const std::string target : {"/teal/", "/teal/app.js", "/teal/data"}) {
        CAPTURE(target);
        const HttpResponse answer = site.get(target);
        const std::string policy = answer.headers.get("Content-Security-Policy");
        CHECK(policy.rfind("default-src 'none'; script-src 'self'; style-src 'self'; ", 0) == 0);
        CHECK_THAT(policy, ContainsSubstring("frame-ancestors 'none'"));
        CHECK_THAT(policy, ContainsSubstring("require-trusted-types-for 'script'"));
        CHECK_THAT(policy, !ContainsSubstring("unsafe"));
        CHECK(answer.headers.get("X-Content-Type-Options") == "nosniff");
        CHECK(answer.headers.get("Referrer-Policy") == "no-referrer");
        CHECK(answer.headers.get("Cross-Origin-Resource-Policy") == "same-origin");
    }
    CHECK(site.get("/teal/data").headers.get("Cache-Control") == "no-store");
    CHECK(site.get("/teal/data").headers.get("Content-Type") == "application/json");
    const std::string page = site.get("/teal/").body;
    CHECK_THAT(page, !ContainsSubstring("<style"));
    CHECK_THAT(page, !ContainsSubstring("style=\""));
    CHECK_THAT(page, !ContainsSubstring("://"));
}

TEST_CASE("the dashboard takes GET and HEAD", "[dashboard]") {
    const Site site = dashboard_site();
    for (const std::string target : {"/teal/", "/teal/style.css", "/teal/data"}) {
        CAPTURE(target);
        HttpConnection client(site.front());
        const HttpResponse whole = client.get(target);
        const HttpResponse head = client.request("HEAD", target);
        CHECK(head.status == 200);
        CHECK(head.body.empty());
        CHECK(head.headers.get("Content-Type") == whole.headers.get("Content-Type"));
        for (const std::string method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
            CAPTURE(method);
            const HttpResponse refused = client.request(method, target, {}, "x");
            CHECK(refused.status == 405);
            CHECK(refused.headers.get("Allow") == "GET, HEAD");
        }
        CHECK(client.get(target).status == 200);
    }
    CHECK(site.get("/teal/nothing.js").status == 404);
    CHECK(site.get("/teal/../teal/app.js").status == 200);
    CHECK(site.get("/teal/app.js/").status == 404);
    const HttpResponse redirected = site.get("/teal");
    CHECK(redirected.status == 301);
    CHECK_THAT(redirected.headers.get("Location"), ContainsSubstring("/teal/"));
}

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

    const json all = data_of(site);
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
    const json app = data_of(site, "?split=app")["split"];
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

    CHECK(data_of(site, "?split=other")["split"]["name"] == "other");
    CHECK_FALSE(data_of(site, "?list=no").contains("list"));
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
    wait_until([&] { return !data_of(site)["split"]["canary"]["evidence"].is_null(); }, 10s,
               "the guard to look");
    json split = data_of(site)["split"];
    CHECK(split["state"] == 2);
    const json& canary = split["canary"];
    CHECK(canary["canary"] == "green");
    CHECK(canary["baseline"] == "blue");
    CHECK(canary["armed"] == true);
    CHECK(canary["margin"] == 1.25);
    CHECK(canary["objective"] == 0.02);
    CHECK(canary["lease_expires_ms"] == now_ns / 1'000'000 + 3'600'000);
    CHECK(canary["lease_holds"] == false);
    CHECK(canary["evidence"]["threshold"].get<double>() == Approx(9.2103));
    CHECK(canary["evidence"]["tripped_ms"] == 0);

    // The latch, as the guard sets it.
    counters::File file = site.control.counters_file(Access::read_write);
    file.split(counters::find_split(file, "app")).tripped_arming = now_ns;
    CHECK(data_of(site)["split"]["state"] == 3);
    CHECK(data_of(site)["list"][0][1] == 3);
    file.split(counters::find_split(file, "app")).tripped_arming = 0;

    site.control.apply([&](table::TableImage& image) {
        image.find("app")->guard.lease_expires_unix_ns = now_ns - 1'000'000'000;
    });
    CHECK(data_of(site)["split"]["state"] == 4);
}

TEST_CASE("without a table the dashboard says so", "[dashboard]") {
    const Site site = dashboard_site({.publish = false});
    const json unpublished = data_of(site);
    CHECK(unpublished["table"]["health"] == "never published");
    CHECK(unpublished["table"]["generation"] == 0);
    CHECK(unpublished["split"]["state"] == 1);
    CHECK_FALSE(unpublished["split"].contains("ring"));
}

TEST_CASE("events are handed on when they changed, and only what is an event", "[dashboard]") {
    const Site site = dashboard_site();
    CHECK(data_of(site)["events"] ==
          json({{"tag", ""}, {"problem", ""}, {"lines", json::array()}, {"skipped", 0}}));
    write_events(site,
                 event("green \\\"serves\\\" \\\\ ü") + event("<img src=x onerror=alert(1)>"));
    const json events = data_of(site)["events"];
    REQUIRE(events["lines"].size() == 2);
    CHECK(events["lines"][0]["text"] == "green \"serves\" \\ ü");
    CHECK(events["lines"][1]["text"] == "<img src=x onerror=alert(1)>");
    CHECK(events["skipped"] == 0);
    const std::string tag = events["tag"];
    CHECK(tag.size() > 4);
    const json same = data_of(site, "?events=" + tag)["events"];
    CHECK_FALSE(same.contains("lines"));
    CHECK(same["tag"] == tag);
    write_events(site, event("blue serves"));
    CHECK(data_of(site, "?events=" + tag)["events"]["lines"].size() == 1);

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
    const json told = data_of(site)["events"];
    REQUIRE(told["lines"].size() == 1);
    CHECK(told["lines"][0]["text"] == "first");
    CHECK(told["skipped"] == bad.size());
}

TEST_CASE("whatever lies at the place of the events costs the events only", "[dashboard]") {
    const Site site = dashboard_site();
    const std::string path = site.control.directory + "/events.jsonl";
    const auto problem = [&] { return data_of(site)["events"]["problem"].get<std::string>(); };

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
    CHECK(data_of(site)["table"]["health"] == "ok");
}

TEST_CASE("nginx's own directives say who may see the dashboard", "[dashboard]") {
    Workspace workspace;
    const auto users = workspace.write("users", "op:{PLAIN}secret\n");
    const Site site({.server = "location ^~ /closed/ { deny all; teal_dashboard; }\n"
                               "location ^~ /asked/ { auth_basic teal; auth_basic_user_file " +
                               users.string() + "; teal_dashboard; }\n"});
    for (const std::string file : {"", "app.js", "data"}) {
        CAPTURE(file);
        const HttpResponse closed = site.get("/closed/" + file);
        CHECK(closed.status == 403);
        CHECK_THAT(closed.body, !ContainsSubstring("app"));
        const HttpResponse asked = site.get("/asked/" + file);
        CHECK(asked.status == 401);
        CHECK(asked.headers.get("WWW-Authenticate") == "Basic realm=\"teal\"");
        CHECK(site.get("/asked/" + file, {{"Authorization", "Basic b3A6c2VjcmV0"}}).status == 200);
        CHECK(site.get("/asked/" + file, {{"Authorization", "Basic b3A6d3Jvbmc="}}).status == 401);
    }
}

TEST_CASE("open pages keep no worker of an old configuration", "[dashboard]") {
    SiteOptions options{.workers = 2};
    options.server = kDashboard;
    Site site(options);
    std::vector<HttpConnection> pages;
    for (int i = 0; i < 20; ++i) {
        pages.emplace_back(site.front());
        CHECK(pages.back().get("/teal/data").status == 200);
        CHECK(pages.back().is_open());
    }
    site.nginx.reload(OldWorkers::wait_until_gone);
    CHECK(site.nginx.old_worker_pids().empty());
    for (HttpConnection& page : pages) {
        CHECK(page.get("/teal/data").status == 200);
    }
    CHECK(site.nginx.stop(Stop::graceful));
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

namespace {

NginxServer::TestResult tested(const std::string& http) {
    Workspace workspace;
    NginxServer nginx(workspace, {.http = http});
    nginx.expect_log("\\[(emerg|warn)\\]");
    return nginx.test_config();
}

std::string server(const std::string& location) {
    return "server { listen 127.0.0.1:1; " + location + " }";
}

const std::string kSplit = "teal_split app { variant a; default a; }\n";

}  // namespace

TEST_CASE("a dashboard that could not work is refused, with the remedy", "[dashboard]") {
    const std::string shape = "needs a prefix location that ends with \"/\"";
    const std::vector<std::pair<std::string, std::string>> wrong = {
        {kSplit + server("location /teal { teal_dashboard; }"), shape + ", not \"/teal\""},
        {kSplit + server("location = /teal/ { teal_dashboard; }"), shape},
        {kSplit + server("location ~ ^/teal/ { teal_dashboard; }"), shape},
        {kSplit + server("location @teal { teal_dashboard; }"), shape},
        {kSplit + server("location /teal/ { teal_dashboard on; }"),
         "invalid number of arguments in \"teal_dashboard\""},
        {kSplit + server("teal_dashboard;"), "\"teal_dashboard\" directive is not allowed here"},
        {kSplit + server("location /teal/ { if ($arg_a) { teal_dashboard; } }"),
         "\"teal_dashboard\" directive is not allowed here"},
        {server("location /teal/ { teal_dashboard; }"),
         "\"teal_dashboard\" has no table to show: without a split nginx reads none; add "
         "teal_split "
         "NAME { ... } and, for a table that is not \"/run/teal/table\", teal_table PATH"},
    };
    for (const auto& [http, complaint] : wrong) {
        CAPTURE(http);
        const auto result = tested(http);
        CHECK(result.code == 1);
        CHECK_THAT(result.output, ContainsSubstring(complaint));
    }
    const auto warned = tested("teal_table /nonexistent/table;\n" + kSplit +
                               server("location /teal/ { teal_dashboard; }"));
    CHECK(warned.code == 0);
    CHECK_THAT(warned.output,
               ContainsSubstring("\"teal_dashboard\" will show no weights: there is no table at "
                                 "\"/nonexistent/table\" yet; make it with: teal init"));
}
