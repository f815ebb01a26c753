// A worker that counts beside readers that add up: what ThreadSanitizer is to look at.
#include "tests/catch.hpp"
#include "tests/fixtures/counters_file.hpp"

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

using namespace teal::counters;
using teal::fixtures::CountersFile;
using teal::fixtures::opened;
using teal::fixtures::sum_of;
using teal::fixtures::Worker;

TEST_CASE("Sums read while workers count never go down and are exact in the end") {
    constexpr std::uint64_t kRequests = 50'000;
    const CountersFile counters;
    std::vector<Worker> workers;
    workers.emplace_back(counters.path, 1);
    workers.emplace_back(counters.path, 2);
    std::vector<File> files;
    files.push_back(opened(counters.path, teal::Access::read_only));
    files.push_back(opened(counters.path, teal::Access::read_only));
    std::atomic<bool> stop{false};
    std::atomic<int> wrong{0};
    std::vector<std::thread> readers;
    readers.reserve(files.size());
    for (const File& file : files) {
        readers.emplace_back([&] {
            VariantCounters before{};
            do {
                const VariantCounters sum = sum_of(file, 0);
                wrong += sum.started < before.started || sum.finished < before.finished ||
                                 sum.finished > sum.started
                             ? 1
                             : 0;
                before = sum;
            } while (!stop);
        });
    }
    std::vector<std::thread> counting;
    counting.reserve(workers.size());
    for (const Worker& worker : workers) {
        counting.emplace_back([&] {
            for (std::uint64_t i = 0; i < kRequests; ++i) {
                worker.start(0);
                worker.finish(0);
            }
        });
    }
    for (std::thread& thread : counting) {
        thread.join();
    }
    stop = true;
    for (std::thread& thread : readers) {
        thread.join();
    }
    CHECK(wrong == 0);
    CHECK(sum_of(files[0], 0).finished == 2 * kRequests);
}
