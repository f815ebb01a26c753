// Requests a second through one worker: teal 90/10 with a key beside plain proxy_pass, both nginx
// running all the time, loaded in turn (ABBA...), the ratio taken pair by pair so that what else
// the machine does falls on both.
//
// Closed loop: with few cores the backend and the clients take their share too, so the processor
// time of the worker for a request is told beside it.
#include "tests/bench/figure.hpp"
#include "tests/bench/samples.hpp"
#include "tests/bench/sites.hpp"
#include "tests/harness/clocks.hpp"
#include "tests/harness/load.hpp"
#include "tests/harness/nginx_server.hpp"

#include <cstdlib>
#include <iostream>
#include <thread>

using namespace teal;
using namespace teal::bench;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

constexpr unsigned kConnections = 32;
constexpr auto kRun = 400ms;

struct Rate {
    double per_second;
    double cpu_us;  // of the worker, for a request
};

// Finer than the ticks of /proc/PID/stat.
double on_processor_us(pid_t pid) {
    const std::string text = read_file("/proc/" + std::to_string(pid) + "/schedstat");
    return text.empty() ? 0 : std::stod(text) / 1000.0;
}

class Site {
public:
    Site(Workspace& workspace, const std::string& name, bool module, std::uint16_t port,
         const std::string& http)
        : port_(port),
          nginx_(workspace, {.http = http,
                             .load_module = module,
                             .log_level = "warn",
                             .access_log = false,
                             .directory = name}) {
        nginx_.start();
    }

    Rate measure() {
        Load load({.target = Endpoint::loopback(port_),
                   .connections = kConnections,
                   .fields = {{"User-Agent", "Mozilla/5.0 (X11; Linux x86_64) bench"},
                              {"Cookie", "session={n}"}}});
        load.start();
        std::this_thread::sleep_for(100ms);  // connections are made
        const pid_t worker = nginx_.worker_pids().at(0);
        const std::uint64_t requests = load.total();
        const std::uint64_t begin = monotonic_ns();
        const double cpu = on_processor_us(worker);
        std::this_thread::sleep_for(kRun);
        const double done = static_cast<double>(load.total() - requests);
        const double seconds = static_cast<double>(monotonic_ns() - begin) / 1e9;
        const double used = on_processor_us(worker) - cpu;
        load.stop();
        if (load.failed() != 0) {
            throw std::runtime_error("failed requests: " + load.results().summary());
        }
        return {done / seconds, used / done};
    }

private:
    std::uint16_t port_;
    NginxServer nginx_;
};

}  // namespace

int main(int argc, char** argv) try {
    const int pairs = argc > 1 ? std::atoi(argv[1]) : 41;
    Workspace workspace("bench");
    BenchTable table;
    // Both variants are the same backend: a second one would be another thread on the same few cores,
    // and its share of them would be taken for nginx's.
    const Backend backend("backend");
    const Addresses to{backend.address(), backend.address()};
    table.publish_app(to, 100'000);
    const std::uint16_t plain_port = workspace.free_port();
    const std::uint16_t teal_port = workspace.free_port();
    Site plain(workspace, "plain", false, plain_port, plain_site(to, plain_port, 64));
    Site teal(workspace, "teal", true, teal_port, teal_site(table.path(), teal_port, 64));

    std::vector<double> ratios, cpu_ratios, plain_rates, teal_rates;
    for (int i = 0; i < pairs; ++i) {
        const bool teal_first = i % 2 != 0;
        const Rate first = teal_first ? teal.measure() : plain.measure();
        const Rate second = teal_first ? plain.measure() : teal.measure();
        const Rate& a = teal_first ? second : first;
        const Rate& b = teal_first ? first : second;
        plain_rates.push_back(a.per_second);
        teal_rates.push_back(b.per_second);
        ratios.push_back(b.per_second / a.per_second);
        cpu_ratios.push_back(a.cpu_us > 0 ? b.cpu_us / a.cpu_us : 1);
    }
    std::printf(
        "%d pairs of %.1f s, %u connections, closed loop: plain %.0f/s, teal %.0f/s; ratios "
        "from %.3f to %.3f; worker's processor time for a request, teal over plain: median "
        "%.3f\n",
        pairs, std::chrono::duration<double>(kRun).count(), kConnections, median(plain_rates),
        median(teal_rates), quantile(ratios, 0), quantile(ratios, 1), median(cpu_ratios));
    print_figure("requests/s over plain proxy_pass, one worker, median of " +
                     std::to_string(pairs) + " pairs",
                 number(median(ratios), 3) + " (" + number(median(teal_rates), 0) + "/s)",
                 "plain " + number(median(plain_rates), 0) + "/s", ">= 0.98",
                 met_if(median(ratios) >= 0.98));
    return 0;
} catch (const std::exception& error) {
    std::cerr << "bench_throughput: " << error.what() << "\n";
    return 1;
}
