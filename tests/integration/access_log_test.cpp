// The access log of conf/examples/access-log.conf: what is written for each request, and that
// $teal_<split>_attempts has an entry for each address that was tried.
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/harness/wait.hpp"
#include "tests/integration/site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

SiteOptions logged(const Workspace& workspace, SiteOptions options = {}) {
    const std::string log = workspace.path("teal-access.log").string();
    options.http += "include " TEAL_SOURCE_DIR "/conf/examples/access-log.conf;\n";
    options.server += "access_log " + log + " teal_json;\n";
    return options;
}

class LoggedSite {
public:
    explicit LoggedSite(SiteOptions options = {}) : site({.start = false}) {
        site.nginx.edit_config(site.config(logged(site.workspace, std::move(options))));
        site.nginx.start();
    }
    // The newest line once there are so many; nginx writes it after the answer.
    json line(std::size_t count) const {
        std::vector<std::string> lines;
        wait_until(
            [&] {
                lines.clear();
                std::istringstream in(site.workspace.read("teal-access.log"));
                for (std::string one; std::getline(in, one);) {
                    lines.push_back(one);
                }
                return lines.size() >= count;
            },
            10s, "the access log has its line");
        REQUIRE(lines.size() == count);
        return json::parse(lines.back());
    }

    Site site;
};

std::size_t entries(const std::string& list) {
    std::size_t count = list.empty() ? 0 : 1;
    for (std::size_t i = 0; i + 1 < list.size(); ++i) {
        count += list.compare(i, 2, ", ") == 0 || list.compare(i, 2, ": ") == 0 ? 1u : 0u;
    }
    return count;
}

}  // namespace

TEST_CASE("each request is a line of JSON with variant, reason and attempts", "[access-log]") {
    LoggedSite logged;
    logged.site.get("/?key=1&q=%22%5C", {{"User-Agent", "a \"quoted\"\tagent"}});
    const json blue = logged.line(1);
    CHECK(blue["split"] == "app");
    CHECK(blue["variant"] == "blue");
    CHECK(blue["reason"] == "only");
    CHECK(blue["generation"] == 1);
    CHECK(blue["attempts"] == "blue");
    CHECK(blue["upstream_addr"] == logged.site.blue.address());
    CHECK(blue["status"] == 200);
    CHECK(blue["uri"] == "/?key=1&q=%22%5C");
    CHECK(blue["user_agent"] == "a \"quoted\"\tagent");
    CHECK(blue["request_time"].is_number());
    logged.site.get("/", {{"X-Pin", "green"}});
    const json green = logged.line(2);
    CHECK(green["variant"] == "green");
    CHECK(green["reason"] == "pin");
    CHECK(green["attempts"] == "green");
    // What is answered without an upstream has tried none.
    logged.site.get("/teal/status");
    CHECK(logged.line(3)["attempts"] == "");
}

TEST_CASE("attempts are aligned with the addresses that were tried", "[access-log]") {
    LoggedSite logged({.rules = "key $arg_key; pin $http_x_pin; retry safe;\n",
                       .server = "location /away { proxy_pass http://app/status/404;\n"
                                 "  proxy_intercept_errors on; error_page 404 = /back; }\n"
                                 "location /back { proxy_pass http://app; }\n"});
    const Fields to_green = {{"X-Pin", "green"}};
    logged.site.get("/status/503", to_green);
    const json shielded = logged.line(1);
    CHECK(shielded["variant"] == "green");
    CHECK(shielded["attempts"] == "green, blue");
    CHECK(shielded["upstream_addr"] ==
          logged.site.green.address() + ", " + logged.site.blue.address());
    // An address that refuses is an attempt, too; and a redirect begins anew.
    logged.site.get("/away?key=1");
    const json redirected = logged.line(2);
    CHECK(redirected["attempts"] == "blue : blue");
    CHECK(redirected["upstream_addr"] ==
          logged.site.blue.address() + " : " + logged.site.blue.address());
    logged.site.control.apply([&](table::TableImage& image) {
        image.find("app")->find("blue")->endpoints.push_back(fixtures::endpoint("127.0.0.1:1", 1));
    });
    for (std::size_t i = 3; i < 23; ++i) {
        logged.site.get("/?key=" + std::to_string(i));
        const json line = logged.line(i);
        CAPTURE(line.dump());
        CHECK(entries(line["attempts"]) == entries(line["upstream_addr"]));
    }
    // A variant without endpoints asks for no address of its own.
    logged.site.control.set_endpoints("app", "green", {});
    logged.site.get("/", to_green);
    const json nobody = logged.line(23);
    CHECK(nobody["variant"] == "green");
    CHECK(entries(nobody["attempts"]) == entries(nobody["upstream_addr"]));
    CHECK(nobody["attempts"].get<std::string>().rfind("blue", 0) == 0);
}

TEST_CASE("subrequests have attempts of their own", "[access-log]") {
    LoggedSite logged({.rules = "key $arg_key; retry safe; pin $http_x_pin;\n",
                       .server = "location = /auth { internal; proxy_pass http://app/status/200; }\n",
                       .location = "auth_request /auth;"});
    logged.site.get("/status/503", {{"X-Pin", "green"}});
    CHECK(logged.line(1)["attempts"] == "green, blue");
}
