// Slots: one owner each, inherited when it died, and sums that never go down.
#include "tests/catch.hpp"
#include "tests/fixtures/counters_file.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace teal::counters;
using teal::store_shared;
using teal::fixtures::CountersFile;
using teal::fixtures::opened;
using teal::fixtures::sum_of;
using teal::fixtures::Worker;

TEST_CASE("Each worker claims a slot of its own, the lowest that is free") {
    const CountersFile counters;
    Worker first(counters.path, 11);
    Worker second(counters.path, 12);
    Worker third(counters.path, 13);
    CHECK(first.slot() == 0);
    CHECK(second.slot() == 1);
    CHECK(third.slot() == 2);
    second.leave();
    const Worker fourth(counters.path, 14);
    CHECK(fourth.slot() == 1);
    const File reader = opened(counters.path, teal::Access::read_only);
    CHECK(reader.slot_high() == 3);
    CHECK(reader.slot(1).pid == 14);
    CHECK(reader.slot(1).claims == 2);
    CHECK(reader.slot(1).generation == 0);
}

TEST_CASE("A slot is live exactly while its owner is, also seen through a read-only file") {
    const CountersFile counters;
    const File reader = opened(counters.path, teal::Access::read_only);
    Worker worker(counters.path);
    CHECK(is_slot_live(reader, 0));
    CHECK_FALSE(is_slot_live(reader, 1));
    CHECK(live_slots(reader).count() == 1);
    worker.die();
    CHECK_FALSE(is_slot_live(reader, 0));
}

TEST_CASE("A worker does not see its own slot as live") {
    const CountersFile counters;
    const Worker worker(counters.path);
    CHECK_FALSE(is_slot_live(worker.file(), worker.slot()));
}

TEST_CASE("When all slots are taken there is none, until one is given back") {
    const CountersFile counters;
    std::vector<Worker> workers;
    for (std::uint32_t i = 0; i < 60; ++i) {  // few descriptors: take the rest by one lock
        workers.emplace_back(counters.path, i);
    }
    const File rest = opened(counters.path);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(rest.lock_offset(60));
    REQUIRE(fcntl(rest.mapping().descriptor(), F_OFD_SETLK, &lock) == 0);
    CHECK(Worker(counters.path).slot() == kNoSlot);
    workers[33].die();
    CHECK(Worker(counters.path).slot() == 33);
}

TEST_CASE("Counts of a dead worker stay, what it had in flight is lost") {
    const CountersFile counters;
    const File reader = opened(counters.path, teal::Access::read_only);
    Worker worker(counters.path);
    for (int i = 0; i < 10; ++i) {
        worker.start(0);
    }
    for (int i = 0; i < 7; ++i) {
        worker.finish(0);
    }
    CHECK(in_flight(sum_of(reader, 0)) == 3);
    worker.die();
    const VariantCounters sum = sum_of(reader, 0);
    CHECK(sum.started == 10);
    CHECK(sum.finished == 7);
    CHECK(sum.status_2xx == 7);
    CHECK(sum.lost == 3);
    CHECK(in_flight(sum) == 0);
}

TEST_CASE("Whoever inherits a slot goes on counting where it stopped") {
    const CountersFile counters;
    const File reader = opened(counters.path, teal::Access::read_only);
    Worker dead(counters.path);
    dead.start(0);
    dead.start(0);
    dead.finish(0);
    dead.die();
    const Worker heir(counters.path);
    REQUIRE(heir.slot() == dead.slot());
    VariantCounters sum = sum_of(reader, 0);
    CHECK(sum.started == 2);
    CHECK(sum.lost == 1);
    CHECK(in_flight(sum) == 0);
    heir.start(0);
    sum = sum_of(reader, 0);
    CHECK(sum.started == 3);
    CHECK(in_flight(sum) == 1);
    heir.finish(0);
    CHECK(in_flight(sum_of(reader, 0)) == 0);
}

TEST_CASE("What was lost does not come back when somebody inherits the slot meanwhile") {
    const CountersFile counters;
    const File reader = opened(counters.path, teal::Access::read_only);
    Worker dead(counters.path);
    dead.start(0);
    dead.start(0);
    dead.die();
    const LiveSlots before = live_slots(reader);
    const Worker heir(counters.path);
    REQUIRE(heir.slot() == dead.slot());
    heir.start(0);
    heir.start(0);
    VariantCounters sum{};
    add_up(reader, before, 0, sum);  // who adds up has asked before the heir came
    CHECK(sum.lost == 2);
    CHECK(sum.lost <= sum_of(reader, 0).lost);
}

TEST_CASE("A slot is not live before it is folded") {
    const CountersFile counters;
    const File reader = opened(counters.path, teal::Access::read_only);
    Worker dead(counters.path);
    dead.start(0);
    dead.die();
    REQUIRE(sum_of(reader, 0).lost == 1);
    // As a heir that has only begun to claim it.
    const File heir = opened(counters.path);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(heir.lock_offset(dead.slot()));
    lock.l_len = 1;
    REQUIRE(fcntl(heir.mapping().descriptor(), F_OFD_SETLK, &lock) == 0);
    CHECK_FALSE(is_slot_live(reader, dead.slot()));
    CHECK(sum_of(reader, 0).lost == 1);
    CHECK(Worker(counters.path).slot() != dead.slot());  // nor can another one have it
}

TEST_CASE("Gauges of endpoints are those of the living, counts those of all") {
    const CountersFile counters;
    const File reader = opened(counters.path, teal::Access::read_only);
    Worker dead(counters.path);
    const Worker alive(counters.path);
    for (const Worker* worker : {&std::as_const(dead), &alive}) {
        worker->start(0);
        EndpointCounters& endpoint = worker->counts(0).endpoints[5];
        store_shared(endpoint.attempts, std::uint64_t{4}, std::memory_order_relaxed);
        store_shared(endpoint.failures, std::uint64_t{1}, std::memory_order_relaxed);
        store_shared(endpoint.in_flight, 2u, std::memory_order_relaxed);
        store_shared(endpoint.avoided, 1u, std::memory_order_relaxed);
    }
    dead.die();
    VariantCounters sum = sum_of(reader, 0);
    CHECK(sum.endpoints[5].attempts == 8);
    CHECK(sum.endpoints[5].failures == 2);
    CHECK(sum.endpoints[5].in_flight == 2);
    CHECK(sum.endpoints[5].avoided == 1);
    const Worker heir(counters.path);
    CHECK(heir.counts(0).endpoints[5].in_flight == 0);
    CHECK(heir.counts(0).endpoints[5].attempts == 4);
}

TEST_CASE("A reader of many who remembers what is stored misses nothing") {
    const CountersFile counters;
    const File reader = opened(counters.path, teal::Access::read_only);
    std::mt19937_64 random(17);
    std::vector<Worker> workers;
    StoredSlots stored[2];
    std::uint64_t started[2] = {};
    std::uint64_t attempts[2][3] = {};
    for (int round = 0; round < 90; ++round) {  // beyond the slots that are remembered
        workers.emplace_back(counters.path);
        const auto variant = static_cast<std::uint32_t>(random() % 2);
        const auto place = static_cast<std::uint32_t>(random() % 3);
        const std::uint64_t more = random() % 9;
        workers.back().start(variant);
        teal::add_own(workers.back().counts(variant).endpoints[place].attempts, more);
        ++started[variant];
        attempts[variant][place] += more;
        if (round % 9 == 0) {
            workers.back().die();
        }
        for (std::uint32_t v = 0; v < 2; ++v) {
            const LiveSlots live = live_slots(reader);
            const SlotSet used = used_slots(reader, stored[v], v);
            VariantCounters sum{};
            add_up_variant(reader, live, used, v, sum);
            CHECK(sum.started == started[v]);
            for (std::uint32_t e = 0; e < 3; ++e) {
                CHECK(endpoint_sum(reader, live, used, v, e).attempts == attempts[v][e]);
            }
        }
    }
    CHECK(reader.slot_high() > 64);
}

TEST_CASE("Slots and sums take no memory for variants that nobody used") {
    const teal::fixtures::TemporaryDirectory directory;
    const std::string path = directory / "counters";
    REQUIRE(create_file(path.c_str(), 1, 1000, static_cast<std::uint32_t>(-1), 0) == 0);
    const File reader = opened(path);
    store_shared(reader.header().variant_count, 1000u, std::memory_order_release);
    const auto stored_bytes = [&] {
        struct stat status {};
        return fstat(reader.mapping().descriptor(), &status) == 0 ? status.st_blocks * 512 : -1;
    };
    Worker worker(path);
    const Worker other(path);
    worker.start(500);
    worker.leave();
    const Worker heir(path);
    for (std::uint32_t v = 0; v < 1000; ++v) {
        sum_of(reader, v);
    }
    CHECK(sum_of(reader, 500).started == 1);
    CHECK(stored_bytes() < 100 * 1024);
    // Negative control: what one look at each would take.
    for (std::uint32_t v = 0; v < 1000; ++v) {
        CHECK(reader.counters(1, v).started == 0);
    }
    struct statfs system {};
    REQUIRE(fstatfs(reader.mapping().descriptor(), &system) == 0);
    if (system.f_type == TMPFS_MAGIC) {
        CHECK(stored_bytes() > 4000 * 1024);
    }
}

TEST_CASE("An orderly leave leaves nothing lost when nothing was in flight") {
    const CountersFile counters;
    Worker worker(counters.path);
    worker.start(1);
    worker.finish(1);
    worker.leave();
    const VariantCounters sum = sum_of(opened(counters.path), 1);
    CHECK(sum.started == 1);
    CHECK(sum.lost == 0);
}

TEST_CASE("Through any life of workers no sum goes down and nothing is below zero in flight") {
    const CountersFile counters;
    const File reader = opened(counters.path, teal::Access::read_only);
    std::mt19937_64 random(5);
    std::vector<Worker> workers;
    std::vector<int> open_requests;
    VariantCounters before{};
    for (int step = 0; step < 3'000; ++step) {
        const std::uint64_t what = random() % 100;
        const std::size_t which = workers.empty() ? 0 : random() % workers.size();
        if (workers.empty() || (what < 3 && workers.size() < 8)) {
            workers.emplace_back(counters.path, static_cast<std::uint32_t>(step));
            open_requests.push_back(0);
        } else if (what < 6) {
            if (what == 3 && open_requests[which] == 0) {
                workers[which].leave();
            }
            workers.erase(workers.begin() + static_cast<std::ptrdiff_t>(which));
            open_requests.erase(open_requests.begin() + static_cast<std::ptrdiff_t>(which));
        } else if (what < 55 || open_requests[which] == 0) {
            workers[which].start(0);
            ++open_requests[which];
        } else {
            workers[which].finish(0);
            --open_requests[which];
        }
        std::uint64_t really_open = 0;
        for (const int count : open_requests) {
            really_open += static_cast<std::uint64_t>(count);
        }
        const VariantCounters sum = sum_of(reader, 0);
        if (sum.started < before.started || sum.finished < before.finished ||
            sum.lost < before.lost || sum.finished + sum.lost > sum.started ||
            in_flight(sum) != really_open) {
            FAIL("step " << step << ": started " << sum.started << ", finished " << sum.finished
                         << ", lost " << sum.lost << ", open " << really_open);
        }
        before = sum;
    }
    CHECK(before.started > 500);
    CHECK(before.lost > 10);
}

TEST_CASE("A generation is applied when every live worker decides by it") {
    const CountersFile counters;
    const File reader = opened(counters.path, teal::Access::read_only);
    CHECK(applied(reader, 1).workers == 0);
    Worker first(counters.path, 101);
    Worker second(counters.path, 102);
    const auto report = [](const Worker& worker, std::uint64_t generation) {
        store_shared(worker.file().slot(worker.slot()).generation, generation,
                     std::memory_order_release);
    };
    report(first, 5);
    report(second, 4);
    Applied seen = applied(reader, 5);
    CHECK(seen.workers == 2);
    CHECK(seen.on_it == 1);
    CHECK(seen.first_behind_pid == 102);
    report(second, 6);
    CHECK(applied(reader, 5).on_it == 2);
    first.die();  // the dead do not count, whatever they last reported
    seen = applied(reader, 6);
    CHECK(seen.workers == 1);
    CHECK(seen.on_it == 1);
    const Worker third(counters.path, 103);  // has decided nothing yet
    CHECK(applied(reader, 1).first_behind_pid == 103);
}
