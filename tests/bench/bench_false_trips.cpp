// Eight hours of canaries that are no worse than their baseline: how often is one tripped? A
// hundred of them at a time, each for 288 seconds, with real requests through real nginx, of which
// one in a hundred fails in both arms. Each has an hour's share of the promise: at alpha 1e-4 for a
// day, eight hours should see none in 30 000 repetitions.
//
// The same harness sees a canary that is worse: at the end the canaries' backend fails half of the
// time, and most of them have to be tripped for the benchmark to end.
//
// Usage: bench_false_trips [SECONDS]
#include "tests/bench/canaries.hpp"
#include "tests/bench/figure.hpp"
#include "tests/harness/load.hpp"
#include "tests/harness/wait.hpp"

#include <cstdlib>
#include <iostream>
#include <thread>

using namespace teal;
using namespace teal::bench;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

constexpr int kSplits = 100;
constexpr double kRate = 4000;  // over all of them
constexpr double kFailing = .01;

struct Seen {
    int tripped = 0;
    std::uint64_t ticks = 0;
    std::uint64_t attempts = 0;
    double most_log_evidence = -1e300;  // at the end of one
};

Seen look(const Canaries& canaries) {
    Seen seen;
    for (int i = 0; i < canaries.count(); ++i) {
        const guard::State state = canaries.state(i);
        seen.tripped += state.tripped_unix_ns != 0 ? 1 : 0;
        seen.ticks += state.evidence.ticks;
        seen.attempts += state.evidence.counts.canary.done + state.evidence.counts.baseline.done;
        seen.most_log_evidence = std::max(seen.most_log_evidence, state.log_evidence);
    }
    return seen;
}

}  // namespace

int main(int argc, char** argv) try {
    const double seconds = argc > 1 ? std::atof(argv[1]) : 288;
    Canaries canaries(kSplits);
    canaries.baseline.fail(kFailing);
    canaries.canary.fail(kFailing);
    canaries.arm(0, kSplits, {});
    Load load({.target = canaries.endpoint(),
               .connections = 64,
               .path = "/0{n}",
               .fields = {{"User-Agent", "bench"}},
               .rate = kRate,
               .variant_fields = {"X-Served-By"},
               .longest = 2h});
    load.start();
    const std::uint64_t wanted = static_cast<std::uint64_t>(seconds * 10) * kSplits;
    wait_until([&] { return look(canaries).ticks >= wanted; }, 2h, "the evaluations to be made");
    const Seen seen = look(canaries);
    canaries.canary.fail(.5);
    wait_until([&] { return look(canaries).tripped > kSplits / 2; }, 60s,
               "canaries that fail to be tripped");
    load.stop();
    print_figure("false trips in " + number(static_cast<double>(seen.ticks) / 36'000, 1) +
                     " hours of canaries, " + std::to_string(seen.attempts) +
                     " real attempts, alpha .0001",
                 std::to_string(seen.tripped),
                 "largest ln of the evidence at the end " + number(seen.most_log_evidence, 1) +
                     ", tripped at 9.2",
                 "0", met_if(seen.tripped == 0));
    return 0;
} catch (const std::exception& error) {
    std::cerr << "bench_false_trips: " << error.what() << "\n";
    return 1;
}
