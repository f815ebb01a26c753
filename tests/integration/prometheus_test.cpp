// A real Prometheus scrapes a real nginx, while that is reloaded and its workers are killed: what
// it stores has no counter reset and the rates that were there; and it takes our rules and
// dashboard.
#include <csignal>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tests/harness/clocks.hpp"
#include "tests/harness/load.hpp"
#include "tests/harness/wait.hpp"
#include "tests/integration/experiment_site.hpp"
#include "tests/integration/hold_site.hpp"
#include "tests/integration/prometheus_server.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

const std::string kSource = TEAL_SOURCE_DIR;

// Names that a counter's samples have: histograms' buckets, sums and counts are counters too.
std::set<std::string> counter_names(const std::string& scrape) {
    std::set<std::string> names;
    std::istringstream lines(scrape);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string hash, kind, name, type;
        words >> hash >> kind >> name >> type;
        if (kind != "TYPE") {
            continue;
        }
        if (type == "counter") {
            names.insert(name);
        } else if (type == "histogram") {
            names.insert({name + "_bucket", name + "_sum", name + "_count"});
        }
    }
    return names;
}

// A canary with a share, watched by the guard and on a lease: everything there is to scrape.
void arm_canary(const ControlPlane& control) {
    control.apply([](table::TableImage& image) {
        auto& app = *image.find("app");
        app.guard = {};
        app.guard.armed = 1;
        app.guard.canary = 1;
        app.guard.baseline = 0;
        app.guard.alpha_e9 = 100'000;
        app.guard.armed_unix_ns = realtime_ns();
        app.guard.lease_expires_unix_ns = realtime_ns() + 3'600'000'000'000u;
        app.find("green")->weight_ppm = 300'000;
        app.find("blue")->weight_ppm = 700'000;
    });
}

// An experiment with two goals, served by two workers. The server's own add_header names the
// variant, and so decides for each request: not for those of Prometheus.
SiteOptions two_workers() {
    SiteOptions options = experiment_options();
    options.workers = 2;
    options.server += "location = /scrape { add_header X-Scrape 1; teal_metrics; }\n";
    return options;
}

double finished_per_s(const LoadResults& results, double from, double to) {
    std::uint64_t count = 0;
    for (const LoadRecord& record : results.records()) {
        const double at = static_cast<double>(record.realtime_ns) / 1e9;
        count += at > from && at <= to ? 1u : 0u;
    }
    return static_cast<double>(count) / (to - from);
}

}  // namespace

TEST_CASE("Prometheus sees no counter go down through reloads and killed workers", "[prometheus]") {
    ExperimentSite site(two_workers());
    PrometheusServer prometheus(site.workspace, {{"teal", site.port, "/scrape"}});
    Load load({.target = site.front(),
               .connections = 8,
               .path = "/both?key={n}",
               .fields = {{"Connection", "close"}},
               .rate = 300,
               .idle_cut_fails = false});
    load.start();
    load.wait_for_more(300, 20s);
    prometheus.wait_for_scrapes("teal", 2);
    const double begin = prometheus.last_scrape("teal");
    site.control.apply([](table::TableImage& image) {  // only who was held has counts of it
        for (table::SplitImage& split : image.splits) {
            const std::uint64_t now = HeldSite::now_ns();
            split.hold = {now, now, now + 100'000'000, {}};
        }
    });
    for (int i = 0; i < 10; ++i) {
        site.nginx.reload();
        prometheus.wait_for_scrapes("teal", 2);  // one of them began after it
        const pid_t victim = site.nginx.worker_pids().at(static_cast<std::size_t>(i) % 2);
        site.nginx.kill_worker(victim, SIGKILL);
        wait_until(
            [&] {
                const auto workers = site.nginx.worker_pids();
                return workers.size() == 2 && workers[0] != victim && workers[1] != victim;
            },
            10s, "another worker has taken its place");
        prometheus.wait_for_scrapes("teal", 2);
    }
    // A scrape is some milliseconds later than its time says: much against a second.
    while (prometheus.last_scrape("teal") < begin + 30) {
        prometheus.wait_for_scrapes("teal", 1);
    }
    const double end = prometheus.last_scrape("teal");
    load.stop();
    const LoadResults results = load.results();
    INFO(results.summary());

    const std::set<std::string> names = counter_names(site.get("/teal/metrics").body);
    CHECK(names.size() > 15);
    for (const std::string& name : names) {
        CAPTURE(name);
        CHECK(prometheus.number("max(resets(" + name + "[1h]))") == 0);
    }
    CHECK(prometheus.number("max(max_over_time(teal_worker_starts_total[1h]))") >= 2 + 20 + 10);

    // From a scrape to a scrape, so that nothing has to be extrapolated.
    const auto grown = [&](const std::string& name) {
        return (prometheus.number("sum(" + name + ")", end) -
                prometheus.number("sum(" + name + ")", begin)) /
               (end - begin);
    };
    const double sent = finished_per_s(results, begin, end);
    CAPTURE(begin, end, sent);
    CHECK(sent > 200);
    CHECK(grown("teal_requests_total") == Catch::Approx(sent).epsilon(0.01));
    CHECK(grown("teal_attempts_finished_total{outcome=\"2xx\"}") ==
          Catch::Approx(sent).epsilon(0.01));
    CHECK(grown("teal_attempt_duration_seconds_count") == Catch::Approx(sent).epsilon(0.01));
    // And as it is asked in practice.
    const auto seconds = std::to_string(static_cast<int>(end - begin));
    CHECK(prometheus.number("sum(rate(teal_requests_total[" + seconds + "s]))", end) ==
          Catch::Approx(sent).epsilon(0.01));
}

TEST_CASE("promtool finds nothing to complain about in a scrape", "[prometheus]") {
    SiteOptions options = two_workers();
    options.http = "teal_split other { variant x; default x; }\n";
    ExperimentSite site(options);
    arm_canary(site.control);
    site.tally(50, "/both?key={n}");
    const std::string scrape = site.get("/teal/metrics").body;
    CHECK(promtool_complaints({"check", "metrics"}, scrape) == "");
    // It would complain: a counter without _total.
    CHECK(promtool_complaints({"check", "metrics"},
                              "# HELP teal_x Things.\n# TYPE teal_x counter\nteal_x 1\n") != "");
}

TEST_CASE("the alert rules are valid and do what they say", "[prometheus]") {
    CHECK(promtool_complaints({"check", "rules", kSource + "/conf/prometheus/alerts.yml"}) == "");
    CHECK(promtool_complaints({"check", "config", kSource + "/conf/prometheus/prometheus.yml"}) ==
          "");
    CHECK(promtool_complaints({"test", "rules", kSource + "/conf/prometheus/alerts_test.yml"}) ==
          "");
}

TEST_CASE("each query of the Grafana dashboard has an answer", "[prometheus]") {
    // As the deployments' file would be served by node_exporter.
    const std::string file = read_file(kSource + "/tests/fixtures/deployments.prom");
    REQUIRE(!file.empty());
    SiteOptions options = two_workers();
    options.server += "location = /node/metrics { default_type text/plain; alias " + kSource +
                      "/tests/fixtures/deployments.prom; }\n";
    ExperimentSite site(options);
    arm_canary(site.control);
    PrometheusServer prometheus(
        site.workspace, {{"teal", site.port, "/scrape"}, {"node", site.port, "/node/metrics"}});
    Load load({.target = site.front(), .connections = 4, .path = "/both?key={n}", .rate = 200});
    load.start();
    load.wait_for_more(200, 20s);
    prometheus.wait_for_scrapes("teal", 4);
    prometheus.wait_for_scrapes("node", 2);

    const json dashboard = json::parse(read_file(kSource + "/conf/grafana/teal.json"));
    std::size_t asked = 0;
    const auto check = [&](std::string expression, const std::string& where, bool has_series) {
        expression = std::regex_replace(expression, std::regex("\\$(instance|split)"), ".*");
        expression = std::regex_replace(expression, std::regex("\\$__(rate_interval|range)"), "1m");
        CAPTURE(where, expression);
        REQUIRE(expression.find('$') == std::string::npos);
        json result;
        REQUIRE_NOTHROW(result = prometheus.query(expression));
        CHECK(result.empty() != has_series);
        ++asked;
    };
    for (const json& panel : dashboard["panels"]) {
        if (panel["type"] == "row") {
            continue;
        }
        REQUIRE(panel["targets"].size() > 0);
        for (const json& target : panel["targets"]) {
            check(target["expr"], panel["title"], true);
        }
    }
    CHECK(asked >= 20);
    for (const json& annotation : dashboard["annotations"]["list"]) {
        check(annotation["expr"], annotation["name"], false);  // nothing was published since
    }
    load.stop();
}
