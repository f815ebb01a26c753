// The dashboard as HTTP has it: its files, what browsers may do with them, and who may see them.
#include <cstdio>
#include <regex>
#include <set>
#include <vector>

#include "tests/harness/wait.hpp"
#include "tests/integration/dashboard_site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

constexpr std::size_t kMostPageBytes = 150'000;

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
