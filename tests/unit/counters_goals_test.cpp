// Exposures and goals in the counters file: kept by place, summed over processes, never less.
#include "tests/catch.hpp"
#include "tests/fixtures/counters_file.hpp"

#include <cstdint>
#include <string>

using namespace teal::counters;
using teal::add_own;
using teal::store_shared;
using teal::fixtures::CountersFile;
using teal::fixtures::opened;
using teal::fixtures::Worker;

namespace {

// What the master does for a goal it has not seen.
void add_goal(const File& file, std::uint32_t split, std::uint32_t place, const char* name) {
    GoalEntry& entry = file.goal(split, place);
    std::strcpy(entry.name, name);
    store_shared(entry.configured_unix_ns, std::uint64_t{1}, std::memory_order_release);
}

void expose(const Worker& worker, std::uint32_t variant) {
    add_own(worker.counts(variant).decided, std::uint64_t{1});
    add_own(worker.counts(variant).exposures, std::uint64_t{1});
}

void convert(const Worker& worker, std::uint32_t variant, std::uint32_t goal, double value) {
    GoalCounters& counts = worker.counts(variant).goals[goal];
    add_own(counts.value_sum, value);
    add_own(counts.value_square_sum, value * value);
    add_own(counts.valued, std::uint64_t{1});
    add_own(counts.conversions, std::uint64_t{1}, std::memory_order_release);
}

}  // namespace

TEST_CASE("Goals are found by name, in the split they belong to") {
    const teal::fixtures::TemporaryDirectory directory;
    const std::string path = directory / "counters";
    REQUIRE(create_file(path.c_str(), 3, 6, static_cast<std::uint32_t>(-1), 0) == 0);
    const File file = opened(path);
    CHECK(goal_count(file, 1) == 0);
    CHECK(find_goal(file, 1, "signup") == kNotFound);
    add_goal(file, 1, 0, "signup");
    add_goal(file, 1, 1, "a-name-of-31-letters-all-of-them");
    add_goal(file, 2, 0, "purchase");
    CHECK(goal_count(file, 0) == 0);
    CHECK(goal_count(file, 1) == 2);
    CHECK(find_goal(file, 1, "signup") == 0);
    CHECK(find_goal(file, 2, "signup") == kNotFound);
    CHECK(find_goal(file, 2, "purchase") == 0);
}

TEST_CASE("The goal directory lies between the variants and the first slot") {
    const teal::fixtures::TemporaryDirectory directory;
    const std::string path = directory / "counters";
    REQUIRE(create_file(path.c_str(), 3, 6, static_cast<std::uint32_t>(-1), 0) == 0);
    const File file = opened(path);
    const auto at = [&](const void* place) {
        return static_cast<const std::byte*>(place) - file.mapping().bytes();
    };
    CHECK(at(&file.goal(0, 0)) == at(&file.variant(5)) + 128);
    CHECK(at(&file.goal(2, kGoalPlaces - 1)) + 64 <= at(&file.slot(0)));
    CHECK(file.header().goal_directory_offset == static_cast<std::uint64_t>(at(&file.goal(0, 0))));
}

TEST_CASE("Exposures and goals add up over processes, and the dead keep what they counted") {
    const CountersFile counters;
    const File reader = opened(counters.path, teal::Access::read_only);
    Worker dead(counters.path);
    const Worker alive(counters.path);
    for (const Worker* worker : {static_cast<const Worker*>(&dead), &alive}) {
        expose(*worker, 0);
        expose(*worker, 0);
        convert(*worker, 0, 0, 2.5);
        convert(*worker, 0, 15, -1.0);
    }
    const auto check = [&](std::uint64_t exposures, std::uint64_t first) {
        const VisitorSums sums = visitor_sums(reader, 0);
        CHECK(sums.exposures == exposures);
        CHECK(sums.goals[0].conversions == first);
        CHECK(sums.goals[0].valued == first);
        CHECK(sums.goals[0].value_sum == 2.5 * static_cast<double>(first));
        CHECK(sums.goals[0].value_square_sum == 6.25 * static_cast<double>(first));
        CHECK(sums.goals[15].conversions == 2);
        CHECK(sums.goals[15].value_sum == -2.0);
        CHECK(sums.goals[1].conversions == 0);
        CHECK(visitor_sums(reader, 1).exposures == 0);
    };
    check(4, 2);
    dead.die();
    check(4, 2);
    const Worker heir(counters.path);
    REQUIRE(heir.slot() == dead.slot());
    check(4, 2);
    expose(heir, 0);
    convert(heir, 0, 0, 2.5);
    check(5, 3);
}

TEST_CASE("The plain sums carry exposures, and a goal's numbers do not leak into them") {
    const CountersFile counters;
    const File reader = opened(counters.path, teal::Access::read_only);
    const Worker worker(counters.path);
    expose(worker, 1);
    convert(worker, 1, 3, 1e300);
    const VariantCounters sum = teal::fixtures::sum_of(reader, 1);
    CHECK(sum.exposures == 1);
    CHECK(sum.decided == 1);
    CHECK(sum.started == 0);
    CHECK(sum.goals[3].conversions == 0);
    CHECK(sum.endpoints[63].attempts == 0);
}
