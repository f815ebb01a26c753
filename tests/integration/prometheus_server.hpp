// A real Prometheus (Debian's package) with a private directory and port, which scrapes what a test
// tells it to; asked through its own API. Needs `prometheus` and `promtool` in PATH.
#pragma once

#include "tests/harness/endpoint.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/workspace.hpp"

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace teal::integration {

struct ScrapeTarget {
    std::string job;
    std::uint16_t port = 0;
    std::string path;
};

class PrometheusServer {
public:
    // Starts, and waits until it is ready. Throws when it is not within ten seconds.
    PrometheusServer(harness::Workspace& workspace, const std::vector<ScrapeTarget>& targets,
                     const std::string& interval = "250ms");

    // The result of an instant query, as Prometheus' API has it: a list of {metric, value}. `at`:
    // unix time in seconds; 0: now. Throws std::runtime_error with Prometheus' own words.
    nlohmann::json query(const std::string& expression, double at = 0) const;
    // Of a query with one number as its result; throws when it has another count.
    double number(const std::string& expression, double at = 0) const;
    // Waits until the job was scraped successfully so many times more.
    void wait_for_scrapes(const std::string& job, unsigned times,
                          std::chrono::milliseconds deadline = std::chrono::seconds(30)) const;
    // When the job's last successful scrape was, in unix seconds; 0: never.
    double last_scrape(const std::string& job) const;

private:
    nlohmann::json ask(const std::string& target) const;

    std::uint16_t port_;
    std::unique_ptr<harness::Process> process_;
};

// What promtool says of it: empty when it finds nothing to complain about.
std::string promtool_complaints(const std::vector<std::string>& arguments,
                                const std::string& input = {});

}  // namespace teal::integration
