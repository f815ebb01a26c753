// How soon a canary that begins to fail gets its last request: real nginx, real backends whose
// answers fail by chance, 1 000 requests a second, a tenth of them for the canary, alpha 1e-4.
//
// Time runs from the moment the backend begins to fail to the arrival of the last request at it.
// The onset comes at a random moment within a tick. What is to be reached is the delay that was
// simulated for the guard's mathematics, plus one tick for everything around it. With 30 runs the
// p99 is the slowest run, which may exceed the p99 of all by chance (one in four).
//
// Visitors are shielded by `retry safe`: an answer of the canary's with an error, or no answer at
// all, is counted as seen. Errors of the baseline's own, which nothing shields, are told beside it.
//
// Usage: bench_guard [RUNS [HEALTHY_SECONDS]]; the second is how long the canary is well before.
#include "shared/counters/sums.hpp"
#include "shared/guard/state.hpp"
#include "shared/mapping/shared_word.hpp"
#include "shared/table/paths.hpp"
#include "tests/bench/faulty_backend.hpp"
#include "tests/bench/figure.hpp"
#include "tests/bench/samples.hpp"
#include "tests/bench/sites.hpp"
#include "tests/harness/load.hpp"
#include "tests/harness/nginx_server.hpp"
#include "tests/harness/wait.hpp"

#include <cstdlib>
#include <iostream>
#include <random>
#include <thread>

using namespace teal;
using namespace teal::bench;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

constexpr double kRate = 1000;
constexpr std::uint32_t kCanaryPpm = 100'000;
constexpr double kTick_s = static_cast<double>(guard::kTick_ms) / 1000;
constexpr std::uint64_t kSlow_us = 300'000;
constexpr double kHangMedian_s = .4;  // as one that fails half of the time
constexpr double kHangP99_s = .8;

struct Defect {
    const char* name;
    double before;
    double after;  // above 1: it hangs
    double median_s;
    double p99_s;

    bool hangs() const { return after > 1; }
};

constexpr Defect kDefects[] = {
    {"1 -> 50 %", .01, .50, .4, .8},
    {".1 -> 10 %", .001, .10, 1.5, 3},
    {".1 -> 5 %", .001, .05, 3, 6},
    {"1 -> 10 %", .01, .10, 2.7, 5.4},
    {"hanging, slow from 300 ms on", .001, 2, kSlow_us / 1e6 + kHangMedian_s,
     kSlow_us / 1e6 + kHangP99_s},
};

std::string site_text(const std::string& table, std::uint16_t port) {
    return "teal_table " + table +
           ";\nteal_split app { variant blue; variant green; default blue;\n"
           "  key $cookie_session; retry safe; }\n" +
           upstream_block("app", "teal app;", 256) +
           server_block(port, "app", "  proxy_read_timeout 30s;\n");
}

class Bench {
public:
    explicit Bench(double healthy_s) : healthy_s_(healthy_s) {
        table_.publish_app(to_, 0);
        nginx_.start();
        int error = 0;
        const auto path = table::counters_path_of(table_.path().c_str());
        if (counters_.open(path.text, Access::read_only, &error) != counters::Opened::ok) {
            throw std::runtime_error("the counters cannot be opened");
        }
    }

    void measure(const Defect& defect, int runs) {
        set_share(defect.before);
        Load load({.target = Endpoint::loopback(port_),
                   .connections = 512,  // those that hang must not keep the others away
                   .fields = {{"User-Agent", "bench"}, {"Cookie", "session={n}"}},
                   .rate = kRate,
                   .variant_fields = {"X-Served-By"},
                   .timeout = 20s,
                   .longest = 24h});
        load.start();
        load.wait_for_more(static_cast<std::uint64_t>(kRate / 2), 30s);
        std::vector<double> delays_s;
        for (int run = 0; run < runs; ++run) {
            delays_s.push_back(one(defect));
        }
        load.stop();
        table_.publish_app(to_, 0);
        tell(defect, delays_s, load.results());
    }

    void print_visitors() const {
        print_figure("visitors who saw an error of the canary, retry safe, of " +
                         std::to_string(requests_) + " requests",
                     std::to_string(seen_), "errors of the baseline's own " + std::to_string(own_),
                     "0", met_if(seen_ == 0));
    }

private:
    void set_share(double share) {
        blue_.fail(share);
        green_.fail(share);
    }

    guard::State state() const {
        guard::State state;
        copy_from_shared(&state,
                         counters_.split(counters::find_split(counters_, "app")).guard_state,
                         sizeof(state));
        return state;
    }

    void arm(const Defect& defect) {
        table::GuardSettings guard{};
        guard.armed = 1;
        guard.canary = 1;
        guard.alpha_e9 = 100'000;  // 1e-4
        guard.slow_us[0] = defect.hangs() ? kSlow_us : 0;
        guard.armed_unix_ns = realtime_ns();
        table_.publish_app(to_, kCanaryPpm, guard);
        wait_until(
            [&] {
                const guard::State now = state();
                return now.armed_unix_ns == guard.armed_unix_ns && now.evidence.ticks > 0 &&
                       now.evidence.counts.canary.done > 0;
            },
            10s, "the guard to look at the canary");
    }

    // Seconds from the onset to the canary's last request.
    double one(const Defect& defect) {
        green_.fail(defect.before);
        arm(defect);
        const double part_of_tick = std::uniform_real_distribution<double>(0, kTick_s)(random_);
        std::this_thread::sleep_for(std::chrono::duration<double>(healthy_s_ + part_of_tick));
        if (state().tripped_unix_ns != 0) {
            throw std::runtime_error("the guard tripped before the onset");
        }
        const std::uint64_t onset_ns = monotonic_ns();
        if (defect.hangs()) {
            green_.hang();
        } else {
            green_.fail(defect.after);
        }
        wait_until([&] { return state().tripped_unix_ns != 0; }, 120s, "the guard to trip");
        std::this_thread::sleep_for(100ms);
        const std::uint64_t last_ns = green_.last_request_ns();
        std::this_thread::sleep_for(200ms);
        if (green_.last_request_ns() != last_ns) {
            throw std::runtime_error("the canary got a request long after the trip");
        }
        if (defect.hangs()) {
            // Requests whose kept connection breaks are sent again where they were decided for.
            green_.let_go();
            std::this_thread::sleep_for(300ms);
        }
        return static_cast<double>(last_ns - std::min(last_ns, onset_ns)) / 1e9;
    }

    void tell(const Defect& defect, const std::vector<double>& delays_s,
              const LoadResults& results) {
        std::uint64_t seen = 0;
        for (const LoadRecord& record : results.records()) {
            const bool failed = record.failure != LoadFailure::none;
            const bool is_own = results.variant_name(record) == "blue";
            seen += failed && !is_own ? 1 : 0;
            own_ += failed && is_own ? 1 : 0;
        }
        seen_ += seen;
        requests_ += results.total();
        std::printf("%s: %zu runs, median %.2f s, p90 %.2f s, slowest %.2f s; %s\n", defect.name,
                    delays_s.size(), median(delays_s), quantile(delays_s, .9),
                    quantile(delays_s, 1), results.summary().c_str());
        const std::string name = std::string("canary fails ") + defect.name + ", " +
                                 std::to_string(delays_s.size()) + " runs" +
                                 (healthy_s_ > 0 ? " after " + number(healthy_s_, 0) + " s" : "") +
                                 ": onset to its last request, s, ";
        const double reach_median = defect.median_s + kTick_s;
        const double reach_p99 = defect.p99_s + kTick_s;
        print_figure(name + "median", number(median(delays_s), 2), "",
                     "<= " + number(reach_median, 1), met_if(median(delays_s) <= reach_median));
        print_figure(name + "p99", number(quantile(delays_s, .99), 2), "",
                     "<= " + number(reach_p99, 1), met_if(quantile(delays_s, .99) <= reach_p99));
    }

    double healthy_s_;
    std::mt19937_64 random_{20261124};
    Workspace workspace_{"bench"};
    BenchTable table_;
    FaultyBackend blue_{"blue", 1};
    FaultyBackend green_{"green", 2};
    Addresses to_{blue_.address(), green_.address()};
    std::uint16_t port_ = workspace_.free_port();
    NginxServer nginx_{workspace_, NginxOptions{.http = site_text(table_.path(), port_),
                                                .worker_processes = 2,
                                                .log_level = "alert",
                                                .access_log = false}};
    counters::File counters_;
    std::uint64_t seen_ = 0;
    std::uint64_t own_ = 0;
    std::uint64_t requests_ = 0;
};

}  // namespace

int main(int argc, char** argv) try {
    const int runs = argc > 1 ? std::max(1, std::atoi(argv[1])) : 3;
    const double healthy_s = argc > 2 ? std::atof(argv[2]) : 0;
    Bench bench(healthy_s);
    for (const Defect& defect : kDefects) {
        bench.measure(defect, runs);
    }
    bench.print_visitors();
    return 0;
} catch (const std::exception& error) {
    std::cerr << "bench_guard: " << error.what() << "\n";
    return 1;
}
