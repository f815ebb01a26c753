// [process] Many processes in one counters file: a slot each, nothing counted twice or lost, and
// the dead known as dead at once.
#include "tests/catch.hpp"
#include "tests/fixtures/child_process.hpp"
#include "tests/fixtures/counters_file.hpp"

#include <sched.h>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <set>
#include <vector>

using namespace teal::counters;
using teal::fixtures::ChildProcess;
using teal::fixtures::CountersFile;
using teal::fixtures::opened;
using teal::fixtures::SharedMemory;
using teal::fixtures::sum_of;
using teal::fixtures::Worker;

namespace {

constexpr std::uint32_t kProcesses = 24;
constexpr std::uint64_t kRequests = 20'000;

struct Stage {
    std::atomic<std::uint32_t> ready{0};
    std::atomic<bool> go{false};
    std::atomic<bool> end{false};
    std::atomic<std::uint32_t> slots[kProcesses] = {};
    std::atomic<std::uint32_t> claimed{0};
    std::atomic<std::uint32_t> done{0};
};

void await(const std::atomic<bool>& flag) {
    while (!flag) {
        sched_yield();
    }
}

void await(const std::atomic<std::uint32_t>& count, std::uint32_t wanted) {
    while (count < wanted) {
        sched_yield();
    }
}

int work(const std::string& path, std::uint32_t which, Stage& stage) {
    ++stage.ready;
    await(stage.go);
    const Worker worker(path, which);
    stage.slots[which] = worker.slot();
    ++stage.claimed;
    for (std::uint64_t request = 0; request < kRequests; ++request) {
        worker.start(request % 2);
        worker.finish(request % 2);
    }
    worker.start(0);  // one stays in flight
    ++stage.done;
    await(stage.end);
    return 0;
}

}  // namespace

TEST_CASE("Processes that claim at once get a slot each, and their counts add up", "[process]") {
    const CountersFile counters;
    const File reader = opened(counters.path, teal::Access::read_only);
    const SharedMemory<Stage> stage;
    std::vector<ChildProcess> workers;
    for (std::uint32_t i = 0; i < kProcesses; ++i) {
        workers.emplace_back([&, i] { return work(counters.path, i, *stage); });
    }
    await(stage->ready, kProcesses);
    stage->go = true;
    await(stage->claimed, kProcesses);

    // Beside them: sums only grow, and no more is in flight than there are workers.
    VariantCounters before{};
    while (stage->done < kProcesses) {
        const VariantCounters sum = sum_of(reader, 0);
        if (sum.started < before.started || sum.finished < before.finished || sum.lost != 0 ||
            sum.finished > sum.started) {
            FAIL("started " << sum.started << ", finished " << sum.finished << ", lost "
                            << sum.lost);
        }
        before = sum;
    }

    std::set<std::uint32_t> slots;
    for (const auto& slot : stage->slots) {
        slots.insert(slot);
    }
    CHECK(slots.size() == kProcesses);
    CHECK(*slots.rbegin() == kProcesses - 1);
    CHECK(live_slots(reader).count() == kProcesses);
    VariantCounters sum = sum_of(reader, 0);
    CHECK(sum.finished == kProcesses * kRequests / 2);
    CHECK(sum.status_2xx == sum.finished);
    CHECK(in_flight(sum) == kProcesses);
    CHECK(sum_of(reader, 1).started == kProcesses * kRequests / 2);

    // One is killed: not live from the moment its parent knows, its request is lost.
    workers[5].kill(SIGKILL);
    workers[5].wait();
    CHECK_FALSE(is_slot_live(reader, stage->slots[5]));
    sum = sum_of(reader, 0);
    CHECK(sum.finished == kProcesses * kRequests / 2);
    CHECK(sum.lost == 1);
    CHECK(in_flight(sum) == kProcesses - 1);

    // A stopped one is live.
    workers[6].stop();
    CHECK(is_slot_live(reader, stage->slots[6]));
    workers[6].kill(SIGCONT);

    stage->end = true;
    for (std::uint32_t i = 0; i < kProcesses; ++i) {
        if (i != 5) {
            CHECK(workers[i].result() == 0);
        }
    }
    sum = sum_of(reader, 0);
    CHECK(sum.started == kProcesses * (kRequests / 2 + 1));
    CHECK(in_flight(sum) == 0);
    CHECK(sum.lost == kProcesses);
}
