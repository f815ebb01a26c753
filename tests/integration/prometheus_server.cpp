#include "tests/integration/prometheus_server.hpp"

#include <stdexcept>

#include "tests/harness/http_client.hpp"
#include "tests/harness/wait.hpp"

namespace teal::integration {

using namespace teal::harness;
using nlohmann::json;

namespace {

std::string config_text(const std::vector<ScrapeTarget>& targets, const std::string& interval) {
    std::string text = "global:\n  scrape_interval: " + interval +
                       "\n  scrape_timeout: " + interval + "\nscrape_configs:\n";
    for (const ScrapeTarget& target : targets) {
        text +=
            "  - job_name: " + target.job + "\n    metrics_path: " + target.path +
            "\n    static_configs:\n      - targets: [\"127.0.0.1:" + std::to_string(target.port) +
            "\"]\n";
    }
    return text;
}

std::string url_encoded(const std::string& text) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0) {
            encoded += c;
        } else {
            encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
        }
    }
    return encoded;
}

}  // namespace

PrometheusServer::PrometheusServer(Workspace& workspace, const std::vector<ScrapeTarget>& targets,
                                   const std::string& interval)
    : port_(workspace.free_port()) {
    const auto config = workspace.write("prometheus.yml", config_text(targets, interval));
    const auto data = workspace.make_directory("prometheus");
    process_ = std::make_unique<Process>(
        ProcessOptions{.argv = {"prometheus", "--config.file=" + config.string(),
                                "--storage.tsdb.path=" + data.string(),
                                "--web.listen-address=127.0.0.1:" + std::to_string(port_)}});
    const bool ready =
        becomes_true([&] { return http_get(Endpoint::loopback(port_), "/-/ready").status == 200; },
                     std::chrono::seconds(20));
    if (!ready) {
        throw std::runtime_error("prometheus is not ready: " + process_->err());
    }
}

json PrometheusServer::ask(const std::string& target) const {
    const HttpResponse answer = http_get(Endpoint::loopback(port_), target);
    const json body = json::parse(answer.body, nullptr, false);
    if (body.is_discarded() || body.value("status", "") != "success") {
        throw std::runtime_error("prometheus: " + target + ": " + std::to_string(answer.status) +
                                 " " + answer.body);
    }
    return body.at("data");
}

json PrometheusServer::query(const std::string& expression, double at) const {
    std::string target = "/api/v1/query?query=" + url_encoded(expression);
    if (at > 0) {
        target += "&time=" + std::to_string(at);
    }
    return ask(target).at("result");
}

double PrometheusServer::number(const std::string& expression, double at) const {
    const json result = query(expression, at);
    if (result.size() != 1) {
        throw std::runtime_error(expression + " has " + std::to_string(result.size()) +
                                 " results: " + result.dump());
    }
    return std::stod(result[0].at("value").at(1).get<std::string>());
}

double PrometheusServer::last_scrape(const std::string& job) const {
    // timestamp() tells when a sample was taken only of a selector by itself.
    const std::string up = "up{job=\"" + job + "\"}";
    const json result = query("timestamp(" + up + ") and " + up + " == 1");
    return result.empty() ? 0 : std::stod(result[0].at("value").at(1).get<std::string>());
}

void PrometheusServer::wait_for_scrapes(const std::string& job, unsigned times,
                                        std::chrono::milliseconds deadline) const {
    for (unsigned i = 0; i < times; ++i) {
        const double before = last_scrape(job);
        wait_until([&] { return last_scrape(job) > before; }, deadline,
                   "prometheus has scraped " + job + " once more");
    }
}

std::string promtool_complaints(const std::vector<std::string>& arguments,
                                const std::string& input) {
    std::vector<std::string> argv{"promtool"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const RunResult result = run(ProcessOptions{.argv = argv, .input = input});
    // Some lints are printed and do not fail it.
    return result.exit_code == 0 && result.err.empty()
               ? ""
               : "exit code " + std::to_string(result.exit_code) + ": " + result.out + result.err;
}

}  // namespace teal::integration
