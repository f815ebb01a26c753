// The decision alone, as a worker makes it: has the table's word moved, the hash of a 32-byte key,
// the choice from a private copy of the split's record. Each decision's key depends on the one
// before, so the processor cannot overlap them: this is the latency a request pays.
//
// The smallest of many short runs is what the code costs; the others say how busy the machine was.
#include "shared/hash/key_hash.hpp"
#include "shared/table/reader.hpp"
#include "shared/table/route.hpp"
#include "tests/bench/figure.hpp"
#include "tests/bench/samples.hpp"
#include "tests/bench/sites.hpp"
#include "tests/harness/clocks.hpp"

#include <cstring>
#include <iostream>

using namespace teal;
using namespace teal::bench;

namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr unsigned kDecisions = 200'000;
constexpr unsigned kRuns = 101;

template <typename Step>
std::vector<double> time_chain(Step step) {
    std::vector<double> nanoseconds;
    char key[kKeyBytes];
    std::memset(key, 'k', sizeof key);
    std::uint64_t link = 1;
    for (unsigned run = 0; run < kRuns; ++run) {
        const std::uint64_t begin = harness::monotonic_ns();
        for (unsigned i = 0; i < kDecisions; ++i) {
            std::memcpy(key + 8, &link, sizeof link);
            link = step(key, link);
        }
        const std::uint64_t end = harness::monotonic_ns();
        nanoseconds.push_back(static_cast<double>(end - begin) / kDecisions);
    }
    // The result is used, so that nothing of the chain can be left out.
    if (link == 0x5eed) {
        std::puts("");
    }
    return nanoseconds;
}

}  // namespace

int main() try {
    BenchTable file;
    file.publish_app({"127.0.0.1:8101", "127.0.0.1:8102"}, 100'000);
    table::Reader reader;
    int error = 0;
    std::uint32_t version = 0;
    if (reader.open(file.path().c_str(), &error, &version) != table::Health::ok) {
        throw std::runtime_error("the table cannot be opened");
    }
    // What a worker holds of the split: see nginx-module/table_view.hpp.
    std::vector<table::DirectoryEntry> directory(reader.split_capacity());
    table::BufferHeader header{};
    const std::uint64_t seen = reader.published_word();
    const std::uint64_t generation = table::unseal(seen);
    if (reader.read_directory(generation, &header, directory.data()) != table::Health::ok) {
        throw std::runtime_error("the table cannot be read");
    }
    std::vector<std::uint64_t> words(directory[0].bytes / 8);
    auto* copy = reinterpret_cast<table::SplitRecord*>(words.data());
    if (reader.read_record(generation, directory[0], copy) != table::Health::ok) {
        throw std::runtime_error("the split cannot be read");
    }
    const table::SplitRecord& record = *copy;

    std::uint64_t news = 0;
    const auto decision = time_chain([&](const char* key, std::uint64_t) {
        news += reader.published_word() != seen ? 1u : 0u;
        const std::uint64_t hash = key_hash(key, kKeyBytes, record.salt);
        return hash + table::variant_at(record, hash);
    });
    const auto floor = time_chain(
        [&](const char* key, std::uint64_t) { return key_hash(key, kKeyBytes, record.salt); });
    std::printf(
        "decision: least %.2f ns, median %.2f ns; hash alone: least %.2f ns, median %.2f "
        "ns; %u runs of %u%s\n",
        quantile(decision, 0), median(decision), quantile(floor, 0), median(floor), kRuns,
        kDecisions, news == 0 ? "" : " (the table moved)");
    print_figure("one decision, dependent chain, 32-byte key: median, ns",
                 number(median(decision), 1), "hash alone " + number(median(floor), 1), "<= 15",
                 met_if(median(decision) <= 15.0));
    return 0;
} catch (const std::exception& error) {
    std::cerr << "bench_decision: " << error.what() << "\n";
    return 1;
}
