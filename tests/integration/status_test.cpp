// What operators see: `teal_status` as JSON and `teal_metrics` in Prometheus' text format.
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "tests/integration/site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

const Fields kToGreen = {{"X-Pin", "green"}};

// Some traffic whose counts are known: blue 10 answers and 2 of status 404, green 1 of 503.
void send_traffic(const Site& site) {
    site.tally(10);
    site.get("/status/404");
    site.get("/status/404");
    site.get("/status/503", kToGreen);
    site.settled("blue");
    site.settled("green");
}

}  // namespace

TEST_CASE("the status location tells everything as JSON", "[status]") {
    Site site({.http = "teal_split other { variant x; default x; }\n", .workers = 2});
    site.control.set("app", {{"blue", 75.5}, {"green", 24.5}});
    site.control.set("app", {{"blue", 100}, {"green", 0}});
    send_traffic(site);
    const auto answer = site.get("/teal/status");
    REQUIRE(answer.status == 200);
    CHECK(answer.headers.get("Content-Type") == "application/json");
    CHECK(answer.headers.get("Cache-Control") == "no-store");
    const json all = json::parse(answer.body);
    CHECK(all["table"]["path"] == site.control.table);
    CHECK(all["table"]["health"] == "ok");
    CHECK(all["table"]["generation"] == 3);
    CHECK(all["workers"]["live"] == 2);
    CHECK(all["workers"]["on_generation"] == 2);
    const json& app = all["splits"]["app"];
    CHECK(app["in_table"] == true);
    CHECK(app["default"] == "blue");
    const json& blue = app["variants"]["blue"];
    CHECK(blue["weight_percent"] == 100.0);
    CHECK(blue["state"] == "open");
    CHECK(blue["decided"] == 12);
    CHECK(blue["started"] == 12);
    CHECK(blue["finished"] == 12);
    CHECK(blue["in_flight"] == 0);
    CHECK(blue["errors"] == 0);
    CHECK(blue["status"]["2xx"] == 10);
    CHECK(blue["status"]["4xx"] == 2);
    REQUIRE(blue["endpoints"].size() == 1);
    CHECK(blue["endpoints"][0]["address"] == site.blue.address());
    CHECK(blue["endpoints"][0]["attempts"] == 12);
    CHECK(app["variants"]["green"]["errors"] == 1);
    CHECK(app["variants"]["green"]["status"]["5xx"] == 1);
    CHECK(all["splits"]["other"]["in_table"] == false);
    CHECK_FALSE(all["splits"]["other"]["variants"]["x"].contains("weight_percent"));
}

TEST_CASE("the status location takes GET and HEAD, and one split at a time", "[status]") {
    Site site({.http = "teal_split other { variant x; default x; }\n"});
    for (const std::string page : {"/teal/status", "/teal/metrics"}) {
        CAPTURE(page);
        HttpConnection client(site.front());
        CHECK(client.get(page + "?split=nowhere").status == 404);
        CHECK(client.get(page + "?split=").status == 404);
        const auto head = client.request("HEAD", page);
        CHECK(head.status == 200);
        CHECK(head.body.empty());
        CHECK(client.request("POST", page, {}, "x").status == 405);
        CHECK(client.request("GET", page, {}, "a body is read and dropped").status == 200);
        CHECK(client.get(page).status == 200);
    }
    const json one = json::parse(site.get("/teal/status?split=other").body);
    CHECK(one["splits"].size() == 1);
    CHECK(one["splits"].contains("other"));
    const auto metrics = site.get("/teal/metrics?split=other").body;
    CHECK_THAT(metrics, ContainsSubstring("split=\"other\""));
    CHECK_THAT(metrics, !ContainsSubstring("split=\"app\""));
}

TEST_CASE("quotes in a path or an address do not break the JSON", "[status]") {
    Site site({.start = false});
    const std::string odd = site.control.directory + "/a\\\"b\\\\c";
    std::string text = site.config({});
    text.replace(text.find(site.control.table), site.control.table.size(), "\"" + odd + "\"");
    site.nginx.edit_config(text);
    site.nginx.start();
    const json all = json::parse(site.get("/teal/status").body);
    CHECK(all["table"]["path"] == site.control.directory + "/a\"b\\c");
    CHECK(all["table"]["health"] == "missing");
}

TEST_CASE("the metrics are what Prometheus takes", "[status]") {
    Site site;
    send_traffic(site);
    const auto answer = site.get("/teal/metrics");
    REQUIRE(answer.status == 200);
    CHECK(answer.headers.get("Content-Type") == "text/plain; version=0.0.4");
    REQUIRE(answer.body.back() == '\n');

    const std::regex sample("([a-z_]+)(\\{[^}]*\\})? (-?[0-9.]+)");
    const std::regex label("[a-z_]+=\"[^\"\\\\]*\"");
    std::map<std::string, std::string> types;
    std::map<std::string, double> values;
    std::set<std::string> closed;  // metrics whose samples have ended
    std::string family;
    std::istringstream lines(answer.body);
    for (std::string line; std::getline(lines, line);) {
        CAPTURE(line);
        if (line.rfind("# HELP ", 0) == 0) {
            closed.insert(family);
            family = line.substr(7, line.find(' ', 7) - 7);
            CHECK(closed.count(family) == 0);
        } else if (line.rfind("# TYPE ", 0) == 0) {
            const auto space = line.find(' ', 7);
            CHECK(line.substr(7, space - 7) == family);
            CHECK(types.emplace(family, line.substr(space + 1)).second);
        } else {
            std::smatch parts;
            REQUIRE(std::regex_match(line, parts, sample));
            std::string name = parts[1];
            const std::string labels = parts[2];
            for (const char* suffix : {"_bucket", "_sum", "_count"}) {
                const std::string end = suffix;
                if (types[family] == "histogram" && name == family + end) {
                    name = family;
                }
            }
            CHECK(name == family);
            CHECK(values.emplace(parts[1].str() + labels, std::stod(parts[3])).second);
            const std::string inner = labels.empty() ? "" : labels.substr(1, labels.size() - 2);
            std::istringstream each(inner);
            for (std::string one; std::getline(each, one, ',');) {
                CHECK(std::regex_match(one, label));
            }
        }
    }
    const std::string blue = "{split=\"app\",variant=\"blue\"";
    CHECK(values["teal_table_generation"] == 1);
    CHECK(values["teal_workers"] == 1);
    CHECK(values["teal_workers_applied"] == 1);
    CHECK(values["teal_requests_total" + blue + "}"] == 12);
    CHECK(values["teal_attempts_started_total" + blue + "}"] == 12);
    CHECK(values["teal_attempts_finished_total" + blue + ",outcome=\"2xx\"}"] == 10);
    CHECK(values["teal_attempts_finished_total" + blue + ",outcome=\"4xx\"}"] == 2);
    CHECK(values["teal_variant_weight_ratio" + blue + "}"] == 1);
    CHECK(values["teal_attempt_duration_seconds_count" + blue + "}"] == 12);
    CHECK(values["teal_attempt_duration_seconds_bucket" + blue + ",le=\"+Inf\"}"] == 12);
    CHECK(values["teal_attempt_duration_seconds_sum" + blue + "}"] > 0);
    double before = 0;
    for (const auto& [name, value] : values) {  // cumulative: sorted by le within a variant
        if (name.rfind("teal_attempt_first_byte_seconds_bucket" + blue, 0) == 0 &&
            name.find("+Inf") == std::string::npos) {
            CHECK(value <= 12);
            before = std::max(before, value);
        }
    }
    CHECK(before == 12);
    for (const auto& [name, type] : types) {
        CAPTURE(name);
        CHECK((type == "counter") == (name.size() > 6 && name.substr(name.size() - 6) == "_total"));
    }
}

TEST_CASE("without a split the pages say so", "[status]") {
    Workspace workspace;
    const auto port = workspace.free_port();
    NginxServer nginx(workspace,
                      {.http = "server { listen 127.0.0.1:" + std::to_string(port) +
                               "; location /s { teal_status; } location /m { teal_metrics; } }"});
    nginx.start();
    CHECK(json::parse(http_get(Endpoint::loopback(port), "/s").body)["splits"].empty());
    CHECK(http_get(Endpoint::loopback(port), "/m").status == 200);
}
