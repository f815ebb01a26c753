// Readers beside a writer that publishes as fast as it can: no reader ever sees a mix, and none has
// to be saved by a checksum. The same observer must catch writers that do it wrong.
#include "shared/mapping/file_mapping.hpp"
#include "shared/mapping/shared_word.hpp"
#include "shared/table/reader.hpp"
#include "tests/catch.hpp"
#include "tests/concurrency/generation_pattern.hpp"
#include "tests/concurrency/pace.hpp"
#include "tests/fixtures/sample_table.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace teal::table;
using namespace teal::concurrency;
using teal::fixtures::TableFiles;

namespace {

constexpr int kReaders = 3;

struct Seen {
    std::atomic<std::uint64_t> whole{0};    // images that were one publication
    std::atomic<std::uint64_t> mixed{0};    // images accepted that were not
    std::atomic<std::uint64_t> damaged{0};  // caught by a checksum only
    std::atomic<std::uint64_t> moved{0};    // a publication came in between: read again
    std::atomic<std::uint64_t> backwards{0};
};

// One pass over the table, without the retries of read_image, so that `moved` can be counted.
Health read_once(const Reader& reader, TableImage& image, std::vector<std::uint64_t>& space) {
    const std::uint64_t generation = reader.generation();
    BufferHeader header{};
    std::vector<DirectoryEntry> directory(reader.split_capacity());
    Health health = reader.read_directory(generation, &header, directory.data());
    image.generation = generation;
    image.splits.clear();
    auto* record = reinterpret_cast<SplitRecord*>(space.data());
    for (std::uint32_t i = 0; health == Health::ok && i < header.split_count; ++i) {
        health = reader.read_record(generation, directory[i], record);
        if (health == Health::ok) {
            image.splits.push_back(decode_record(*record));
        }
    }
    return health;
}

// Reads until told to stop, but not before it has read `least` whole or wrong images.
void observe(const Reader& reader, const std::atomic<bool>& stop, std::uint64_t least, Seen& seen) {
    std::vector<std::uint64_t> space(kMaxRecordBytes / 8);
    std::uint64_t newest = 0;
    std::uint64_t judged = 0;
    while (!stop.load() || judged < least) {
        TableImage image;
        const Health health = read_once(reader, image, space);
        if (health == Health::moved) {
            ++seen.moved;
            if (stop.load()) {
                ++judged;  // nobody writes any more: this must not repeat for ever
            }
            continue;
        }
        ++judged;
        if (health != Health::ok) {
            ++seen.damaged;
        } else if (is_of_generation(image, image.generation)) {
            ++seen.whole;
        } else {
            ++seen.mixed;
        }
        if (health == Health::ok) {
            seen.backwards += image.generation < newest ? 1u : 0u;
            newest = image.generation;
        }
    }
}

// Runs `write(round)` for so many rounds beside the readers.
void run(const TableFiles& files, int rounds, const std::function<void(int)>& write, Seen& seen) {
    std::vector<Reader> readers(kReaders);
    for (Reader& reader : readers) {
        int error = 0;
        std::uint32_t version = 0;
        REQUIRE(reader.open(files.table.c_str(), &error, &version) == Health::ok);
    }
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    threads.reserve(readers.size());
    for (const Reader& reader : readers) {
        threads.emplace_back([&] { observe(reader, stop, 10, seen); });
    }
    for (int round = 0; round < rounds; ++round) {
        write(round);
    }
    stop = true;
    for (std::thread& thread : threads) {
        thread.join();
    }
}

std::string told(const Seen& seen) {
    return "whole " + std::to_string(seen.whole) + ", mixed " + std::to_string(seen.mixed) +
           ", damaged " + std::to_string(seen.damaged) + ", moved " + std::to_string(seen.moved);
}

}  // namespace

TEST_CASE("No reader ever sees a mix of two publications") {
    const TableFiles files;
    TableImage first = pattern_image(1);
    files.publish(first);
    Seen seen;
    run(
        files, 3'000 / kPace,
        [&](int round) {
            TableImage image = pattern_image(static_cast<std::uint64_t>(round) + 2);
            files.publish(image);
        },
        seen);
    INFO(told(seen));
    CHECK(seen.mixed == 0);
    CHECK(seen.damaged == 0);
    CHECK(seen.backwards == 0);
    CHECK(seen.whole > 100);
}

namespace {

// Publications made before, played back: publish() spends most of its time on the saved copy, while
// readers meet this writer in the middle of a buffer most of the time.
struct Playback : TableFiles {
    static constexpr std::uint64_t kMade = 1'000;
    static constexpr std::size_t kBytes = arena_offset(4) + kPatternSplits * record_bytes(7);

    Playback() {
        if (mapping.open(table.c_str(), teal::Access::read_write, kHeaderBytes) != 0) {
            throw std::runtime_error(table);
        }
        for (std::uint64_t generation = 1; generation <= kMade; ++generation) {
            TableImage image = pattern_image(generation);
            publish(image);
            made.emplace_back(kBytes / 8);
            teal::copy_from_shared(made.back().data(), buffer(generation), kBytes);
        }
    }
    Header& header() const { return *reinterpret_cast<Header*>(mapping.bytes()); }
    std::byte* buffer(std::uint64_t generation) const {
        return mapping.bytes() + header().buffer_offset[generation & 1];
    }
    void write(std::uint64_t generation) const {
        teal::copy_to_shared(buffer(generation), made[generation - 1].data(), kBytes);
    }
    void tell(std::uint64_t generation) const {
        teal::store_shared(header().published, seal(generation), std::memory_order_release);
    }
    // Plays all of them for every repeat; `play(generation)` writes and tells in its own order.
    void run_all(int repeats, const std::function<void(std::uint64_t)>& play, Seen& seen) const {
        for (int repeat = 0; repeat < repeats; ++repeat) {
            write(1);
            tell(1);
            run(
                *this, kMade - 1, [&](int round) { play(static_cast<std::uint64_t>(round) + 2); },
                seen);
        }
    }

    teal::FileMapping mapping;
    std::vector<std::vector<std::uint64_t>> made;
};

}  // namespace

TEST_CASE_METHOD(Playback, "A writer that does nothing but publish is never misread either") {
    Seen seen;
    const auto play = [&](std::uint64_t generation) {
        write(generation);
        tell(generation);
    };
    run_all(20 / kPace, play, seen);
    INFO(told(seen));
    CHECK(seen.mixed == 0);
    CHECK(seen.damaged == 0);
    CHECK(seen.backwards == 0);
    CHECK(seen.whole > 100);
    CHECK(seen.moved > 0);
}

TEST_CASE_METHOD(Playback, "A writer that tells a generation before it has written it is caught") {
    // Negative control.
    Seen seen;
    const auto play = [&](std::uint64_t generation) {
        tell(generation);
        write(generation);
    };
    run_all(20 / kPace, play, seen);
    INFO(told(seen));
    CHECK(seen.mixed + seen.damaged > 0);
}

TEST_CASE_METHOD(Playback, "A writer with one buffer is caught") {
    // Negative control: every publication into the same buffer, found by its number.
    Seen seen;
    const auto play = [&](std::uint64_t generation) {
        if (generation % 2 == 0) {
            write(generation);
            tell(generation);
        } else if (generation + 1 <= kMade) {
            // The next even one overwrites the buffer that is being read.
            write(generation + 1);
        }
    };
    run_all(20 / kPace, play, seen);
    INFO(told(seen));
    CHECK(seen.mixed + seen.damaged > 0);
}
