// [process] Several writers at once: publications follow one another and nothing is lost; a writer
// that was stopped is named to those who wait, and stops no reader.
#include "shared/table/writing/lock.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/child_process.hpp"
#include "tests/fixtures/sample_table.hpp"

#include <sched.h>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using namespace teal::table;
using Catch::Matchers::ContainsSubstring;
using teal::fixtures::ChildProcess;
using teal::fixtures::open_and_read;
using teal::fixtures::SharedMemory;
using teal::fixtures::split;
using teal::fixtures::TableFiles;
using teal::fixtures::variant;

namespace {

constexpr std::uint64_t kWriters = 3;
constexpr std::uint64_t kRounds = 150;
constexpr std::uint64_t kTogether = 15;  // rounds after which each waits for the others

struct Publications {
    std::atomic<std::uint32_t> writer_of[1 + kWriters * kRounds + 1] = {};  // by generation
    std::atomic<std::uint64_t> rounds[kWriters] = {};

    // On a busy machine one writer may be through before the next begins.
    void wait_for_the_others(std::uint64_t round) const {
        for (const auto& others : rounds) {
            while (others < round) {
                sched_yield();
            }
        }
    }
};

// Each writer counts in the salt of its own split; a lost update is a count that is too low.
TableImage with_one_split_each() {
    TableImage image;
    for (std::uint64_t i = 0; i < kWriters; ++i) {
        image.splits.push_back(split("w" + std::to_string(i), 0, {variant("blue", kTotalPpm)}));
    }
    return image;
}

int publish_once(const TableFiles& files, std::uint64_t which, Publications& publications) {
    WriterLock lock;
    TableImage image;
    if (!lock.acquire(files.lock, 30s, "writer " + std::to_string(which)).empty() ||
        open_and_read(files.table, image) != Health::ok) {
        return 1;
    }
    ++image.splits[which].salt;
    const std::uint64_t generation = files.publish(image).generation;
    if (generation >= std::size(publications.writer_of) ||
        publications.writer_of[generation].exchange(static_cast<std::uint32_t>(which + 1)) != 0) {
        return 2;  // two publications of one number
    }
    return 0;
}

int write_rounds(const TableFiles& files, std::uint64_t which, Publications& publications) {
    int problem = 0;
    for (std::uint64_t round = 1; problem == 0 && round <= kRounds; ++round) {
        problem = publish_once(files, which, publications);
        publications.rounds[which] = problem == 0 ? round : kRounds;
        if (round % kTogether == 0) {
            publications.wait_for_the_others(round);
        }
    }
    return problem;
}

}  // namespace

TEST_CASE("Writers at once publish one after another and lose nothing", "[process]") {
    const TableFiles files;
    TableImage image = with_one_split_each();
    files.publish(image);
    const SharedMemory<Publications> publications;
    std::vector<ChildProcess> writers;
    for (std::uint64_t i = 0; i < kWriters; ++i) {
        writers.emplace_back([&, i] { return write_rounds(files, i, *publications); });
    }
    for (ChildProcess& writer : writers) {
        CHECK(writer.result() == 0);
    }
    REQUIRE(open_and_read(files.table, image) == Health::ok);
    CHECK(image.generation == 1 + kWriters * kRounds);
    for (const SplitImage& one : image.splits) {
        CHECK(one.salt == kRounds);
    }
    int changes = 0;
    for (std::uint64_t generation = 2; generation <= image.generation; ++generation) {
        CHECK(publications->writer_of[generation] != 0);
        changes += publications->writer_of[generation] != publications->writer_of[generation - 1];
    }
    INFO("the lock changed hands " << changes << " times");
    CHECK(changes >= static_cast<int>(2 * kRounds / kTogether));
}

TEST_CASE("Without the lock an update is lost and the count tells") {
    // Negative control: read, read, publish, publish.
    const TableFiles files;
    TableImage image = with_one_split_each();
    files.publish(image);
    TableImage first;
    TableImage second;
    REQUIRE(open_and_read(files.table, first) == Health::ok);
    REQUIRE(open_and_read(files.table, second) == Health::ok);
    ++first.splits[0].salt;
    ++second.splits[1].salt;
    files.publish(first);
    files.publish(second);
    REQUIRE(open_and_read(files.table, image) == Health::ok);
    CHECK(image.splits[0].salt == 0);
    CHECK(image.splits[1].salt == 1);
}

TEST_CASE("A stopped writer is named to the next one and stops no reader", "[process]") {
    const TableFiles files;
    TableImage image = with_one_split_each();
    files.publish(image);
    struct Flags {
        std::atomic<bool> holds{false};
        std::atomic<bool> let_go{false};
    };
    const SharedMemory<Flags> flags;
    ChildProcess holder([&] {
        WriterLock lock;
        if (!lock.acquire(files.lock, 0ms, "teal traffic set").empty()) {
            return 1;
        }
        flags->holds = true;
        while (!flags->let_go) {
            sched_yield();
        }
        return 0;
    });
    while (!flags->holds) {
        sched_yield();
    }
    holder.stop();

    const std::string refused = WriterLock().acquire(files.lock, 20ms, "the next one");
    CHECK_THAT(refused, ContainsSubstring("pid " + std::to_string(holder.pid())));
    CHECK_THAT(refused, ContainsSubstring("teal traffic set"));
    TableImage read;
    CHECK(open_and_read(files.table, read) == Health::ok);
    CHECK(teal::fixtures::same_publication(read, image));

    flags->let_go = true;
    holder.kill(SIGCONT);
    WriterLock next;
    CHECK(next.acquire(files.lock, 30s, "the next one").empty());
    CHECK(holder.result() == 0);
}

TEST_CASE("A killed holder leaves no lock", "[process]") {
    const TableFiles files;
    const SharedMemory<std::atomic<bool>> holds;
    ChildProcess holder([&] {
        WriterLock lock;
        lock.acquire(files.lock, 0ms, "to be killed");
        *holds = true;
        for (;;) {
            sched_yield();
        }
        return 0;
    });
    while (!*holds) {
        sched_yield();
    }
    CHECK_FALSE(WriterLock().acquire(files.lock, 0ms, "too early").empty());
    holder.kill(SIGKILL);
    holder.wait();
    CHECK(WriterLock().acquire(files.lock, 0ms, "after").empty());
}
