// How long the old variant is still answered from after a switch, and what a switch breaks: teal,
// `nginx -s reload` and HAProxy's runtime API one after the other, same backends, same load.
//
// The load is an open loop of a stated rate, well below what the machine can do, so that queues of
// its own are not what is measured. Time runs from the moment the new state is published (teal: the
// stamp in --json; nginx: SIGHUP; HAProxy: the command is sent) to the moment the client has
// received the last answer of the old variant. A switch after which no such answer came counts as
// 0.
//
// A request that was sent before the publication may still be answered by the old variant. Requests
// decided for it after `teal traffic set` has returned are counted twice over: by the workers'
// counters, and by the client (a request that was due after the return).
#include "shared/counters/sums.hpp"
#include "shared/table/paths.hpp"
#include "tests/bench/figure.hpp"
#include "tests/bench/samples.hpp"
#include "tests/bench/switching.hpp"
#include "tests/harness/load.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <thread>

using namespace teal;
using namespace teal::bench;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

struct Plan {
    std::string name;
    int switches;
    unsigned connections;
    double rate;
    std::chrono::milliseconds pause;  // before the next switch, at least
    bool idle_cut_fails;
};

struct Event {
    std::string old_variant;
    Switch::Done done;
    std::uint64_t decided_late = 0;  // for the old variant after the return, by the counters
};

struct Outcome {
    std::vector<double> last_old_ms;
    std::uint64_t requests = 0;
    std::uint64_t failed = 0;
    std::uint64_t sent_late = 0;  // to the old variant, due after the return
    std::uint64_t decided_late = 0;
    std::string summary;
};

// What the workers say they decided for a variant so far.
class Decided {
public:
    explicit Decided(const std::string& table) {
        int error = 0;
        const auto path = table::counters_path_of(table.c_str());
        if (file_.open(path.text, Access::read_only, &error) != counters::Opened::ok) {
            throw std::runtime_error("the counters cannot be opened");
        }
    }
    std::uint64_t operator()(const std::string& variant) const {
        const std::uint32_t split = counters::find_split(file_, "app");
        counters::VariantCounters sum{};
        counters::add_up(file_, counters::live_slots(file_),
                         counters::find_variant(file_, split, variant.c_str()), sum);
        return sum.decided;
    }

private:
    counters::File file_;
};

// Requests answered by the old variant between this switch and the next.
void judge(const Event& event, std::uint64_t until_ns, const LoadResults& results,
           Outcome& outcome) {
    std::uint64_t last = event.done.from_ns;
    for (const LoadRecord& record : results.records()) {
        if (record.status == 0 || record.monotonic_ns <= event.done.from_ns ||
            record.monotonic_ns >= until_ns || results.variant_name(record) != event.old_variant) {
            continue;
        }
        last = std::max(last, record.monotonic_ns);
        // Latency is cut to whole microseconds: the request was due at most that much earlier.
        const std::uint64_t due = record.monotonic_ns - std::uint64_t{record.latency_us} * 1000;
        outcome.sent_late += due > event.done.returned_ns + 1000 ? 1u : 0u;
    }
    outcome.last_old_ms.push_back(static_cast<double>(last - event.done.from_ns) / 1e6);
    outcome.decided_late += event.decided_late;
}

Outcome measure(const Plan& plan, Switch& site, const Decided* decided) {
    Load load({.target = Endpoint::loopback(site.port),
               .connections = plan.connections,
               .fields = {{"User-Agent", "bench"}, {"Cookie", "session={n}"}},
               .rate = plan.rate,
               .variant_fields = {"X-Served-By"},
               .longest = 600s,
               .idle_cut_fails = plan.idle_cut_fails});
    load.start();
    load.wait_for_more(static_cast<std::uint64_t>(plan.rate / 4), 30s);
    std::vector<Event> events;
    for (int i = 0; i < plan.switches; ++i) {
        Event event{i % 2 == 0 ? "blue" : "green", {}};
        event.done = site.everything_to(i % 2 == 0 ? "green" : "blue");
        const std::uint64_t before = decided != nullptr ? (*decided)(event.old_variant) : 0;
        std::this_thread::sleep_for(plan.pause);
        site.settle();
        event.decided_late = decided != nullptr ? (*decided)(event.old_variant) - before : 0;
        events.push_back(event);
    }
    load.stop();
    const LoadResults results = load.results();
    Outcome outcome;
    for (std::size_t i = 0; i < events.size(); ++i) {
        judge(events[i], i + 1 < events.size() ? events[i + 1].done.from_ns : ~std::uint64_t{0},
              results, outcome);
    }
    outcome.requests = results.total();
    outcome.failed = results.failed();
    outcome.summary = results.summary();
    std::printf(
        "%s: %d switches, %u connections, %.0f requests/s: last answer of the old variant "
        "median %.3f ms, p90 %.3f ms, most %.3f ms; %s\n",
        plan.name.c_str(), plan.switches, plan.connections, plan.rate, median(outcome.last_old_ms),
        quantile(outcome.last_old_ms, 0.9), quantile(outcome.last_old_ms, 1),
        outcome.summary.c_str());
    std::fflush(stdout);
    return outcome;
}

std::string told(const Outcome& outcome) {
    return number(median(outcome.last_old_ms), 3) + " ms, " + std::to_string(outcome.failed) +
           " of " + std::to_string(outcome.requests) + " failed";
}

}  // namespace

int main(int argc, char** argv) try {
    const int percent = argc > 1 ? std::atoi(argv[1]) : 100;  // of the switches, for a quick look
    const auto times = [&](int count) { return std::max(2, count * percent / 100); };
    Workspace workspace("bench");
    Backend blue("blue");
    Backend green("green");
    const Addresses to{blue.address(), green.address()};
    constexpr unsigned kConnections = 32;
    constexpr double kRate = 3000;

    Outcome by_teal;
    Outcome by_reload;
    Outcome by_haproxy;
    Outcome far_teal;
    Outcome far_reload;
    const bool haproxy = !HaproxySwitch::binary().empty();
    // With answers that take 10 ms and many connections a reload finds many at work.
    const auto far = [&](bool is_far) {
        blue.behave({.delay = std::chrono::milliseconds(is_far ? 10 : 0)});
        green.behave({.delay = std::chrono::milliseconds(is_far ? 10 : 0)});
    };
    {
        TealSwitch site(workspace, to);
        const Decided decided(site.table.path());
        by_teal = measure({"teal", times(200), kConnections, kRate, 30ms, true}, site, &decided);
        far(true);
        far_teal = measure({"teal, backends answer in 10 ms", times(50), 256, kRate, 60ms, true},
                           site, &decided);
        far(false);
    }
    {
        ReloadSwitch site(workspace, to);
        by_reload =
            measure({"nginx reload", times(50), kConnections, kRate, 200ms, false}, site, nullptr);
        far(true);
        far_reload =
            measure({"nginx reload, backends answer in 10 ms", times(50), 256, kRate, 200ms, false},
                    site, nullptr);
        far(false);
    }
    if (haproxy) {
        HaproxySwitch site(workspace, to);
        by_haproxy =
            measure({"haproxy", times(200), kConnections, kRate, 30ms, true}, site, nullptr);
    }
    const double teal_ms = median(by_teal.last_old_ms);
    const std::string switches = std::to_string(by_teal.last_old_ms.size());
    const std::string load = "3 000 requests/s over 32 connections";
    print_figure("publication to last old-variant answer, " + load + ": median of " + switches,
                 told(by_teal),
                 "reload " + told(by_reload) +
                     (haproxy ? "; HAProxy " + told(by_haproxy) : "; HAProxy is not installed"),
                 "<= 0.5 ms", met_if(teal_ms <= 0.5));
    print_figure("the same, 256 connections, backends answer in 10 ms", told(far_teal),
                 "reload " + told(far_reload), "stated", Met::stated);
    print_figure("requests decided for the old variant after teal traffic set returned, " +
                     switches + " switches",
                 std::to_string(by_teal.decided_late) + " by counters, " +
                     std::to_string(by_teal.sent_late) + " by clients",
                 "", "0", met_if(by_teal.decided_late == 0 && by_teal.sent_late == 0));
    const std::uint64_t broken = by_teal.failed + far_teal.failed;
    print_figure("failed requests and cut connections in those switches", std::to_string(broken),
                 "reload " + std::to_string(by_reload.failed + far_reload.failed) + " in " +
                     std::to_string(by_reload.last_old_ms.size() + far_reload.last_old_ms.size()) +
                     " switches",
                 "0", met_if(broken == 0));
    return 0;
} catch (const std::exception& error) {
    std::cerr << "bench_switch: " << error.what() << "\n";
    return 1;
}
