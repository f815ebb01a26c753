// Deployments and rollbacks of a Procfile project under load: what fails, and how long a rollback
// takes from the command's start to the last answer of the version it takes traffic from.
#include "tests/bench/figure.hpp"
#include "tests/bench/samples.hpp"
#include "tests/e2e/procfile_site.hpp"
#include "tests/harness/clocks.hpp"

#include <iostream>
#include <stdexcept>

using namespace teal;
using namespace teal::bench;
using namespace std::chrono_literals;

namespace {

constexpr double kRate = 1000;  // requests per second, on each of two entries

struct Times {
    std::vector<double> deployment_s;
    std::vector<double> rollback_wall_ms;
    std::vector<double> rollback_last_ms;  // the command's end, or a later last answer
};

void must_succeed(const harness::RunResult& result) {
    if (result.exit_code != 0) {
        throw std::runtime_error(result.out + result.err);
    }
}

void deploy_and_return(e2e::ProcfileSite& site, const harness::Load& load,
                       const std::string& version, Times& times) {
    site.write_version(version);
    const harness::RunResult deployed = site.perform({"--watch", "0"});
    must_succeed(deployed);
    times.deployment_s.push_back(static_cast<double>(deployed.wall.count()) / 1e6);
    load.wait_for_more(200, 20s);

    const std::uint64_t start = harness::monotonic_ns();
    const harness::RunResult back = site.teal({"upgrade", "rollback"});
    must_succeed(back);
    load.wait_for_more(200, 20s);
    const double wall_ms = static_cast<double>(back.wall.count()) / 1e3;
    const double last_ms =
        static_cast<double>(load.last("web-" + version).value().monotonic_ns - start) / 1e6;
    times.rollback_wall_ms.push_back(wall_ms);
    times.rollback_last_ms.push_back(std::max(wall_ms, last_ms));
}

}  // namespace

int main(int argc, char** argv) try {
    const int count = argc > 1 ? std::atoi(argv[1]) : 20;
    e2e::ProcfileSite site;
    must_succeed(site.perform());
    auto load = site.start_load("/", kRate);
    auto api = site.start_load("/api/", kRate);
    Times times;
    for (int i = 0; i < count; ++i) {
        deploy_and_return(site, *load, "b" + std::to_string(i), times);
    }
    load->stop();
    api->stop();
    const std::uint64_t total = load->results().total() + api->results().total();
    const std::uint64_t failed = load->results().failed() + api->results().failed();
    std::printf("deployment: median %.2f s; rollback, whole process: median %.1f ms, p90 %.1f ms\n",
                median(times.deployment_s), median(times.rollback_wall_ms),
                quantile(times.rollback_wall_ms, 0.9));
    print_figure("Procfile: failed requests of " + std::to_string(total) + " in " +
                     std::to_string(count) + " deployments and " + std::to_string(count) +
                     " rollbacks",
                 std::to_string(failed), "", "0", met_if(failed == 0));
    print_figure("Procfile: rollback to a running stack, process and last answer: median ms",
                 number(median(times.rollback_last_ms), 1), "", "<= 50",
                 met_if(median(times.rollback_last_ms) <= 50));
    print_figure("Procfile: a whole deployment without watch: median s",
                 number(median(times.deployment_s), 2), "", "stated", Met::stated);
    return 0;
} catch (const std::exception& error) {
    std::cerr << "bench_deployment: " << error.what() << "\n";
    return 1;
}
