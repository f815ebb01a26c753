// The writers' lock: one holder, who is named to the others.
#include "shared/table/writing/lock.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/temporary_directory.hpp"

#include <unistd.h>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using teal::fixtures::TemporaryDirectory;
using teal::table::lock_holder;
using teal::table::WriterLock;

TEST_CASE("A lock that is held names its holder and its file") {
    const TemporaryDirectory directory;
    const std::string path = directory / "table.lock";
    WriterLock holder;
    REQUIRE(holder.acquire(path, 0ms, "teal traffic set").empty());
    CHECK(holder.held());
    WriterLock other;
    CHECK(other.acquire(path, 0ms, "teal canary start") ==
          path + ": held by pid " + std::to_string(getpid()) + ", teal traffic set");
    CHECK_FALSE(other.held());
}

TEST_CASE("A lock can be had again once its holder is gone") {
    const TemporaryDirectory directory;
    const std::string path = directory / "table.lock";
    { WriterLock().acquire(path, 0ms, "first"); }
    WriterLock second;
    CHECK(second.acquire(path, 0ms, "second").empty());
    WriterLock third;
    CHECK_THAT(third.acquire(path, 0ms, "third"), ContainsSubstring("second"));
}

TEST_CASE("A lock that was moved is still held, and once") {
    const TemporaryDirectory directory;
    const std::string path = directory / "table.lock";
    WriterLock first;
    REQUIRE(first.acquire(path, 0ms, "first").empty());
    {
        const WriterLock second(std::move(first));
        CHECK(second.held());
        CHECK_FALSE(WriterLock().acquire(path, 0ms, "other").empty());
    }
    CHECK(WriterLock().acquire(path, 0ms, "other").empty());
}

TEST_CASE("A lock whose directory is not there says so") {
    const TemporaryDirectory directory;
    CHECK_THAT(WriterLock().acquire(directory / "nowhere/table.lock", 0ms, "x"),
               ContainsSubstring("No such file or directory"));
}

TEST_CASE("Asking who holds a lock takes it from nobody") {
    const TemporaryDirectory directory;
    const std::string path = directory / "table.lock";
    CHECK(lock_holder(path) == "");
    CHECK_FALSE(std::filesystem::exists(path));
    {
        WriterLock first;
        REQUIRE(first.acquire(path, 0ms, "first").empty());
        CHECK_THAT(lock_holder(path), ContainsSubstring("first"));
    }
    CHECK(lock_holder(path) == "");
    // Asked all the time, it can be had at the first attempt.
    std::atomic<bool> ends{false};
    std::thread asking([&] {
        while (!ends) {
            (void)lock_holder(path);
        }
    });
    int refused = 0;
    for (int i = 0; i < 2000; ++i) {
        refused += WriterLock().acquire(path, 0ms, "again").empty() ? 0 : 1;
    }
    ends = true;
    asking.join();
    CHECK(refused == 0);
}
