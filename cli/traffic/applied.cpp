#include "cli/traffic/applied.hpp"

#include "shared/counters/sums.hpp"
#include "shared/table/reader.hpp"

#include <sys/prctl.h>
#include <algorithm>
#include <ctime>
#include <thread>

namespace teal::cli {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Woken workers answer within tens of microseconds; looking much more often would take the
// processor from them.
constexpr auto kFirstPause = microseconds(20);
constexpr auto kLongestPoll = milliseconds(2);
constexpr auto kFollowEvery = milliseconds(100);

std::uint64_t monotonic_ns() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u +
           static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

Applied look_whether_applied(const NginxView& nginx, std::uint64_t generation) {
    Applied applied;
    for (const Worker& worker : nginx.live_workers()) {
        ++applied.workers;
        applied.last_unix_ns = std::max(applied.last_unix_ns, worker.applied_unix_ns);
        if (worker.generation < generation) {
            applied.behind.push_back(worker);
        }
    }
    applied.seen_monotonic_ns = monotonic_ns();
    return applied;
}

Applied wait_until_applied(NginxView& nginx, std::uint64_t generation,
                           std::chrono::nanoseconds patience) {
    // The kernel adds 50 us to every pause otherwise; a failure costs only that.
    (void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    const auto give_up = steady_clock::now() + patience;
    auto follow_at = steady_clock::now() + kFollowEvery;
    std::chrono::nanoseconds pause = kFirstPause;
    while (true) {
        const Applied applied = look_whether_applied(nginx, generation);
        const auto now = steady_clock::now();
        if (applied.behind.empty() || now >= give_up) {
            return applied;
        }
        if (now >= follow_at) {
            nginx.follow();
            follow_at = now + kFollowEvery;
        }
        std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(pause, give_up - now));
        pause = std::min<std::chrono::nanoseconds>(pause * 3 / 2, kLongestPoll);
    }
}

std::string pids_of(const std::vector<Worker>& workers) {
    std::string text;
    for (const Worker& worker : workers) {
        text += (text.empty() ? "" : ", ") + std::to_string(worker.pid);
        const auto health = static_cast<table::Health>(worker.table_health);
        if (health != table::Health::ok) {
            text += std::string(" (finds the table ") + table::health_text(health) + ")";
        }
    }
    return text;
}

}  // namespace teal::cli
