// [process] A writer that is killed at any moment: readers have the old or the new image at once,
// the lock is free, the next publication works. A seqlock in the same harness hangs its readers.
#include "shared/mapping/shared_word.hpp"
#include "shared/table/writing/lock.hpp"
#include "tests/catch.hpp"
#include "tests/concurrency/generation_pattern.hpp"
#include "tests/concurrency/pace.hpp"
#include "tests/fixtures/child_process.hpp"
#include "tests/fixtures/sample_table.hpp"

#include <sched.h>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <random>

using namespace std::chrono_literals;
using namespace teal::table;
using namespace teal::concurrency;
using teal::fixtures::ChildProcess;
using teal::fixtures::SharedMemory;
using teal::fixtures::TableFiles;

namespace {

using Clock = std::chrono::steady_clock;

// What the writing child tells of itself, so that it is killed at work and not in its start.
struct Progress {
    std::atomic<std::uint64_t> published{0};
    std::atomic<std::uint64_t> rounds{0};
};

// Waits until the child has done some rounds, then a seeded while of up to twice what a round
// takes, and kills it. The while is not a wait for anything: it is the moment that is drawn.
void kill_at_random(ChildProcess& child, const std::atomic<std::uint64_t>& rounds,
                    std::mt19937_64& random) {
    const std::uint64_t begin = rounds.load();
    while (rounds.load() < begin + 2) {
        sched_yield();
    }
    const auto since = Clock::now();
    while (rounds.load() < begin + 4) {
        sched_yield();
    }
    const auto two_rounds =
        std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - since);
    const auto delay =
        std::chrono::nanoseconds(random() % static_cast<std::uint64_t>(two_rounds.count() + 1));
    const auto moment = Clock::now() + delay;
    while (Clock::now() < moment) {
    }
    child.kill(SIGKILL);
    child.wait();
}

int publish_for_ever(const TableFiles& files, Progress& progress) {
    for (;;) {
        WriterLock lock;
        if (!lock.acquire(files.lock, 1000ms, "a writer to be killed").empty()) {
            return 1;
        }
        TableImage image;
        if (teal::fixtures::open_and_read(files.table, image) != Health::ok) {
            return 2;
        }
        TableImage next = pattern_image(image.generation + 1);
        progress.published = files.publish(next).generation;
        ++progress.rounds;
    }
}

}  // namespace

TEST_CASE("A thousand killed writers leave the old or the new image and a free lock", "[process]") {
    constexpr int kKills = 1'000 / kPace;
    const TableFiles files;
    TableImage image = pattern_image(1);
    files.publish(image);
    Reader reader;
    int error = 0;
    std::uint32_t version = 0;
    REQUIRE(reader.open(files.table.c_str(), &error, &version) == Health::ok);
    const SharedMemory<Progress> progress;
    progress->published = 1;
    std::mt19937_64 random(2026);
    int killed_before_telling = 0;
    for (int kill = 0; kill < kKills; ++kill) {
        ChildProcess child([&] { return publish_for_ever(files, *progress); });
        kill_at_random(child, progress->rounds, random);

        // One pass must do: nobody writes, so nobody could be waited for.
        BufferHeader header{};
        DirectoryEntry directory[4];
        const std::uint64_t generation = reader.generation();
        if (reader.read_directory(generation, &header, directory) != Health::ok) {
            FAIL("kill " << kill << ": the directory cannot be read");
        }
        TableImage read;
        if (read_image(reader, read) != Health::ok || !is_of_generation(read, generation)) {
            FAIL("kill " << kill << ": generation " << generation << " is not whole");
        }
        const std::uint64_t told = progress->published;
        if (generation != told && generation != told + 1) {
            FAIL("kill " << kill << ": told " << told << ", found " << generation);
        }
        killed_before_telling += generation == told ? 0 : 1;

        WriterLock lock;
        const std::string refused = lock.acquire(files.lock, 0ms, "the next writer");
        if (!refused.empty()) {
            FAIL("kill " << kill << ": " << refused);
        }
        TableImage next = pattern_image(generation + 1);
        if (files.publish(next).generation != generation + 1 ||
            read_image(reader, read) != Health::ok || !is_of_generation(read, generation + 1)) {
            FAIL("kill " << kill << ": cannot be published after");
        }
        progress->published = generation + 1;
    }
    INFO(kKills << " kills over " << reader.generation() << " publications, "
                << killed_before_telling << " between publication and its report");
    CHECK(reader.generation() > kKills);
}

TEST_CASE("A restore after any kill gives a whole image no newer than the table", "[process]") {
    constexpr int kKills = 100 / kPace;
    TableFiles files;
    TableImage image = pattern_image(1);
    files.publish(image);
    const SharedMemory<Progress> progress;
    std::mt19937_64 random(7);
    for (int kill = 0; kill < kKills; ++kill) {
        ChildProcess child([&] { return publish_for_ever(files, *progress); });
        kill_at_random(child, progress->rounds, random);
        TableImage table;
        TableImage saved;
        if (teal::fixtures::open_and_read(files.table, table) != Health::ok ||
            teal::fixtures::open_and_read(files.saved, saved) != Health::ok ||
            !is_of_generation(saved, saved.generation) || saved.generation + 1 < table.generation ||
            saved.generation > table.generation) {
            FAIL("kill " << kill << ": table " << table.generation << ", saved "
                         << saved.generation);
        }
    }
}

namespace {

// What was rejected: one buffer under an odd/even counter.
struct Seqlock {
    std::atomic<std::uint64_t> sequence{0};
    std::uint64_t payload[1 << 14] = {};
    Progress progress;

    void write(std::uint64_t value) {
        sequence.store(sequence.load() + 1);
        for (std::uint64_t& word : payload) {
            teal::store_shared(word, value, std::memory_order_release);
        }
        sequence.store(sequence.load() + 1);
    }
    // Gives up after so many attempts with nobody writing, where a real reader would spin for ever.
    bool read(int attempts) const {
        for (int i = 0; i < attempts; ++i) {
            const std::uint64_t before = sequence.load();
            if (before % 2 == 0 && sequence.load() == before) {
                return true;
            }
        }
        return false;
    }
};

}  // namespace

TEST_CASE("Readers of a seqlock hang after a kill of its writer", "[process]") {
    // Negative control: the same kills find it.
    constexpr int kKills = 200 / kPace;
    int hung = 0;
    std::mt19937_64 random(1);
    for (int kill = 0; kill < kKills; ++kill) {
        const SharedMemory<Seqlock> seqlock;
        ChildProcess child([&] {
            for (std::uint64_t value = 1;; ++value) {
                seqlock->write(value);
                ++seqlock->progress.rounds;
            }
            return 0;
        });
        kill_at_random(child, seqlock->progress.rounds, random);
        hung += seqlock->read(1'000) ? 0 : 1;
    }
    INFO(hung << " of " << kKills << " kills hang a seqlock's readers");
    CHECK(hung > 0);
}
