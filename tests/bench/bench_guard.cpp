// How soon a canary that begins to fail gets its last request: real nginx, real backends whose
// answers fail by chance, 1 000 requests a second, a tenth of them for the canary, alpha 1e-4.
//
// Time runs from the moment the backend begins to fail to the arrival of the last request at it.
// The onset comes at a random moment within a tick. What is to be reached is the delay that was
// simulated for the guard's mathematics, plus one tick for everything around it. With 30 runs the
// p99 is the slowest run, which may exceed the p99 of all by chance (one in four).
//
// With healthy minutes before the onset every run has a split of its own, all are armed at the
// beginning, and until half a second before its onset each gets counts instead of requests
// (healthy_counts.hpp): 150 canaries at 1 000 requests a second for minutes are no load for two
// cores. Those that are tried later have been well for longer.
//
// Visitors are shielded by `retry safe`: an answer of the canary's with an error, or no answer at
// all, is counted as seen. Errors of the baseline's own, which nothing shields, are told beside it.
//
// Usage: bench_guard [RUNS [HEALTHY_SECONDS]]
#include "tests/bench/canaries.hpp"
#include "tests/bench/figure.hpp"
#include "tests/bench/healthy_counts.hpp"
#include "tests/bench/samples.hpp"
#include "tests/harness/load.hpp"
#include "tests/harness/wait.hpp"

#include <algorithm>
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

class Bench {
public:
    Bench(int runs, double healthy_s)
        : runs_(runs),
          healthy_s_(healthy_s),
          canaries_(runs * static_cast<int>(std::size(kDefects))) {}

    void measure_all() {
        if (healthy_s_ > 0) {
            stay_healthy();
        }
        for (int defect = 0; defect < static_cast<int>(std::size(kDefects)); ++defect) {
            measure(kDefects[defect], defect * runs_);
        }
        healthy_.reset();
    }

    void print_visitors() const {
        print_figure("visitors who saw an error of the canary, retry safe, of " +
                         std::to_string(requests_) + " requests",
                     std::to_string(seen_), "errors of the baseline's own " + std::to_string(own_),
                     "0", met_if(seen_ == 0));
    }

private:
    static table::GuardSettings settings_for(const Defect& defect) {
        table::GuardSettings guard{};
        guard.slow_us[0] = defect.hangs() ? kSlow_us : 0;
        return guard;
    }

    void stay_healthy() {
        std::vector<HealthyCounts::Share> shares;
        for (int i = 0; i < canaries_.count(); ++i) {
            const Defect& defect = kDefects[i / runs_];
            shares.push_back({defect.before, defect.hangs()});
        }
        for (int i = 0; i < canaries_.count(); i += runs_) {
            canaries_.arm(i, i + runs_, settings_for(kDefects[i / runs_]));
        }
        healthy_ = std::make_unique<HealthyCounts>(canaries_, std::move(shares), kRate);
        std::this_thread::sleep_for(std::chrono::duration<double>(healthy_s_));
    }

    void measure(const Defect& defect, int first) {
        canaries_.baseline.fail(defect.before);
        std::vector<double> delays_s;
        for (int i = first; i < first + runs_; ++i) {
            delays_s.push_back(one(defect, i));
        }
        tell(defect, delays_s);
    }

    // Seconds from the onset to the canary's last request.
    double one(const Defect& defect, int i) {
        canaries_.canary.fail(defect.before);
        Load load({.target = canaries_.endpoint(),
                   .connections = 512,  // those that hang must not keep the others away
                   .path = canaries_.path_of(i),
                   .fields = {{"User-Agent", "bench"}},
                   .rate = kRate,
                   .variant_fields = {"X-Served-By"},
                   .timeout = 20s});
        if (healthy_ != nullptr) {
            healthy_->leave_to(i + 1);
        } else {
            canaries_.arm(i, i + 1, settings_for(defect));
        }
        load.start();
        load.wait_for_more(static_cast<std::uint64_t>(kRate / 2), 30s);
        wait_until([&] { return canaries_.is_watched(i) && canaries_.state(i).evidence.ticks > 0; },
                   10s, "the guard to look at the canary");
        std::this_thread::sleep_for(std::chrono::duration<double>(
            std::uniform_real_distribution<double>(0, kTick_s)(random_)));
        if (canaries_.state(i).tripped_unix_ns != 0) {
            throw std::runtime_error("the guard tripped before the onset");
        }
        const double delay_s = onset_to_last_request(defect, i);
        load.stop();
        count_visitors(load.results());
        return delay_s;
    }

    double onset_to_last_request(const Defect& defect, int i) {
        const std::uint64_t onset_ns = monotonic_ns();
        if (defect.hangs()) {
            canaries_.canary.hang();
        } else {
            canaries_.canary.fail(defect.after);
        }
        wait_until([&] { return canaries_.state(i).tripped_unix_ns != 0; }, 120s,
                   "the guard to trip");
        std::this_thread::sleep_for(100ms);
        const std::uint64_t last_ns = canaries_.canary.last_request_ns();
        std::this_thread::sleep_for(200ms);
        if (canaries_.canary.last_request_ns() != last_ns) {
            throw std::runtime_error("the canary got a request long after the trip");
        }
        if (defect.hangs()) {
            // Requests whose kept connection breaks are sent again where they were decided for.
            canaries_.canary.let_go();
            std::this_thread::sleep_for(300ms);
        }
        return static_cast<double>(last_ns - std::min(last_ns, onset_ns)) / 1e9;
    }

    void count_visitors(const LoadResults& results) {
        for (const LoadRecord& record : results.records()) {
            const bool failed = record.failure != LoadFailure::none;
            const bool is_own = results.variant_name(record) == "blue";
            seen_ += failed && !is_own ? 1 : 0;
            own_ += failed && is_own ? 1 : 0;
        }
        requests_ += results.total();
    }

    void tell(const Defect& defect, const std::vector<double>& delays_s) {
        std::printf("%s: %zu runs, median %.2f s, p90 %.2f s, slowest %.2f s\n", defect.name,
                    delays_s.size(), median(delays_s), quantile(delays_s, .9),
                    quantile(delays_s, 1));
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

    int runs_;
    double healthy_s_;
    std::mt19937_64 random_{20261124};
    Canaries canaries_;
    std::unique_ptr<HealthyCounts> healthy_;  // before the canaries: it counts for them
    std::uint64_t seen_ = 0;
    std::uint64_t own_ = 0;
    std::uint64_t requests_ = 0;
};

}  // namespace

int main(int argc, char** argv) try {
    const int runs = argc > 1 ? std::clamp(std::atoi(argv[1]), 1, 200) : 3;
    const double healthy_s = argc > 2 ? std::atof(argv[2]) : 0;
    Bench bench(runs, healthy_s);
    bench.measure_all();
    bench.print_visitors();
    return 0;
} catch (const std::exception& error) {
    std::cerr << "bench_guard: " << error.what() << "\n";
    return 1;
}
