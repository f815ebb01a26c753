// How soon the dashboard has its first numbers, in a real Chromium over loopback: from the
// navigation's start until the first data are painted, with a cold cache each time (the page's own
// mark `teal-data`). Beside it what the page weighs, and what an answer costs nginx.
//
// The switch is timed from the publication until the page's table of variants says so: nginx has it
// at once, the rest is the pause between two questions.
//
// Usage: bench_dashboard [RUNS]
#include "tests/bench/figure.hpp"
#include "tests/bench/samples.hpp"
#include "tests/bench/sites.hpp"
#include "tests/harness/browser.hpp"
#include "tests/harness/load.hpp"
#include "tests/harness/nginx_server.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>

using namespace teal;
using namespace teal::bench;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

constexpr double kReachFirstData_ms = 100;
constexpr double kReachSwitch_s = 1;

class Bench {
public:
    Bench()
        : nginx_(workspace_, {.http = teal_site(table_.path(), port_, 64,
                                                "  location ^~ /teal/ { teal_dashboard; }\n"),
                              .worker_processes = 2,
                              .access_log = false}),
          browser_(workspace_) {
        table_.publish_app({blue_.address(), green_.address()}, 0);
        nginx_.start();
    }

    double first_data_ms() {
        browser_.command("Network.enable");
        browser_.command("Network.clearBrowserCache");
        browser_.open("about:blank");
        browser_.open("http://127.0.0.1:" + std::to_string(port_) + "/teal/");
        browser_.wait_for("performance.getEntriesByName('teal-data').length > 0");
        return browser_.evaluate("return performance.getEntriesByName('teal-data')[0].startTime");
    }

    // Where the time went, of the last run.
    std::string course() {
        return browser_.evaluate(
            "const one = (name) => performance.getEntriesByType('resource').find((entry) => "
            "entry.name.includes(name)) ?? {}; const nav = "
            "performance.getEntriesByType('navigation')[0]; return ['page ' + "
            "nav.responseStart.toFixed(), 'read ' + nav.responseEnd.toFixed(), 'script ' + "
            "Math.max(...performance.getEntriesByType('resource').filter((entry) => "
            "entry.name.endsWith('.js')).map((entry) => entry.responseEnd)).toFixed(), "
            "'data asked ' + one('/data').startTime?.toFixed(), 'answered ' + "
            "one('/data').responseEnd?.toFixed(), "
            "'drawn ' + performance.getEntriesByName('teal-drawn')[0].startTime.toFixed()].join(', "
            "')");
    }

    double bytes() {
        return browser_.evaluate(
            "return [performance.getEntriesByType('navigation')[0], "
            "...performance.getEntriesByType('resource').filter((one) => "
            "!one.name.includes('/data?'))].reduce((sum, one) => sum + one.decodedBodySize, 0)");
    }

    double switch_s(std::uint32_t green_ppm) {
        const std::string wanted = std::to_string(green_ppm / 10'000) + " %";
        const auto begun = std::chrono::steady_clock::now();
        table_.publish_app({blue_.address(), green_.address()}, green_ppm);
        browser_.wait_for("document.querySelectorAll('#variants .weight')[2].textContent === '" +
                          wanted + "'");
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    }

    std::unique_ptr<Load> visitors() const {
        auto load = std::make_unique<Load>(LoadOptions{.target = Endpoint::loopback(port_),
                                                       .connections = 16,
                                                       .fields = {{"Cookie", "session={n}"}},
                                                       .rate = 400,
                                                       .longest = 300s});
        load->start();
        return load;
    }

private:
    Workspace workspace_{"dashboard"};
    BenchTable table_;
    Backend blue_{"blue"};
    Backend green_{"green"};
    std::uint16_t port_ = workspace_.free_port();
    NginxServer nginx_;
    Browser browser_;
};

}  // namespace

int main(int argc, char** argv) {
    const int runs = argc > 1 ? std::atoi(argv[1]) : 10;
    try {
        Bench bench;
        std::vector<double> first;
        for (int i = 0; i < runs; ++i) {
            first.push_back(bench.first_data_ms());
        }
        std::cout << "the last run, ms: " << bench.course() << "\n";
        std::sort(first.begin(), first.end());
        const double median = first[first.size() / 2];
        std::cout << "first data painted, ms, median of " << runs << ": " << median << " (best "
                  << first.front() << ", worst " << first.back() << ")\n";
        print_figure("dashboard: navigation to first data painted",
                     number(median, 0) + " ms (worst " + number(first.back(), 0) + ")", "",
                     "<= 100 ms", met_if(median <= kReachFirstData_ms));
        const double bytes = bench.bytes();
        print_figure("dashboard: size of the page", number(bytes / 1000, 1) + " kB", "",
                     "<= 150 kB", met_if(bytes <= 150'000));
        const auto load = bench.visitors();
        std::vector<double> seconds;
        for (int i = 0; i < runs; ++i) {
            seconds.push_back(bench.switch_s(i % 2 == 0 ? 1'000'000 : 0));
        }
        load->stop();
        std::sort(seconds.begin(), seconds.end());
        print_figure(
            "dashboard: a switch under load is on the page",
            number(seconds[seconds.size() / 2], 2) + " s (worst " + number(seconds.back(), 2) + ")",
            "", "<= 1 s", met_if(seconds.back() <= kReachSwitch_s));
        return load->results().failed() == 0 ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << "bench_dashboard: " << error.what() << "\n";
        return 1;
    }
}
