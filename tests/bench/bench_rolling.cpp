// Rolling updates of the compose shop on a real docker engine: what fails under load in updates of
// all services but the database, how long one takes, and what a replacement of the database costs
// the requests that wait for it.
#include "tests/bench/figure.hpp"
#include "tests/bench/samples.hpp"
#include "tests/harness/compose_site.hpp"
#include "tests/harness/docker_engine.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

using namespace teal;
using namespace teal::bench;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

RunResult must(RunResult result) {
    if (result.exit_code != 0) {
        throw std::runtime_error(result.out + result.err);
    }
    return result;
}

double seconds(const RunResult& result) {
    return static_cast<double>(result.wall.count()) / 1e6;
}

nlohmann::json step_of(const std::string& out, const std::string& service) {
    std::istringstream lines(out);
    std::string last;
    for (std::string line; std::getline(lines, line);) {
        last = line;
    }
    const nlohmann::json result = nlohmann::json::parse(last);
    for (const auto& step : result.at("services")) {
        if (step.at("service") == service) {
            return step;
        }
    }
    throw std::runtime_error("no step " + service + " in " + last);
}

struct Loads {
    explicit Loads(const ComposeSite& site)
        : pages(site.start_load("/", 200, 8)), orders(site.start_load("/api/orders", 50, 4)) {}

    std::uint64_t total() const { return pages->results().total() + orders->results().total(); }
    std::uint64_t failed() const { return pages->results().failed() + orders->results().failed(); }
    void stop() {
        pages->stop();
        orders->stop();
    }

    std::unique_ptr<Load> pages;
    std::unique_ptr<Load> orders;
};

void measure_updates(ComposeSite& site, int rounds) {
    Loads loads(site);
    std::vector<double> update_s;
    for (int i = 2; i < rounds + 2; ++i) {
        site.put_shop(std::to_string(i));
        update_s.push_back(seconds(must(site.teal({"upgrade", "rolling", "--watch", "0"}, 300s))));
        if (site.served() != "web-" + std::to_string(i)) {
            throw std::runtime_error("after update " + std::to_string(i) + " serves " +
                                     site.served());
        }
    }
    loads.stop();
    print_figure("rolling: failed requests of " + std::to_string(loads.total()) + " in " +
                     std::to_string(rounds) + " updates of all services but the databases",
                 std::to_string(loads.failed()), "", "0", met_if(loads.failed() == 0));
    print_figure(
        "rolling: an update of web (2), api and worker, image built from docker's cache: "
        "median s",
        number(median(update_s), 1), "", "", Met::stated);
}

void measure_database(ComposeSite& site, int rounds) {
    Loads loads(site);
    std::vector<double> down_s;
    std::vector<double> held_s;
    std::uint64_t held = 0;
    std::string before = "CMD [\"/serve-postgres\"]";
    for (int i = 0; i < rounds; ++i) {
        const std::string now = "ENV ROUND=" + std::to_string(i) + "\nCMD [\"/serve-postgres\"]";
        site.replace("Dockerfile", before, now);
        before = now;
        const auto step = step_of(
            must(site.teal({"upgrade", "rolling", "postgres", "--json"}, 300s)).out, "postgres");
        down_s.push_back(step.at("downtime_s"));
        held_s.push_back(step.at("longest_hold_s"));
        held += step.at("requests_held").get<std::uint64_t>();
    }
    loads.stop();
    print_figure("rolling: failed requests of " + std::to_string(loads.total()) +
                     " while the "
                     "database was replaced " +
                     std::to_string(rounds) + " times (" + std::to_string(held) + " held)",
                 std::to_string(loads.failed()), "", "0", met_if(loads.failed() == 0));
    print_figure("rolling: longest held request, s",
                 number(*std::max_element(held_s.begin(), held_s.end()), 2), "", "", Met::stated);
    print_figure("rolling: database down, from the order to replace it until healthy: median s",
                 number(median(down_s), 2), "", "", Met::stated);
}

}  // namespace

int main(int argc, char** argv) try {
    const int updates = argc > 1 ? std::atoi(argv[1]) : 10;
    const int databases = argc > 2 ? std::atoi(argv[2]) : 3;
    need_docker_engine();
    ComposeSite site;
    site.put_shop("1");
    must(site.perform({"--watch", "0"}));
    measure_updates(site, updates);
    measure_database(site, databases);
    return 0;
} catch (const std::exception& error) {
    std::cerr << "bench_rolling: " << error.what() << "\n";
    return 1;
}
