// Counting on a full tmpfs: the page for a count cannot be had, which is a SIGBUS, and the worker
// that counts must live.
#include "tests/catch.hpp"
#include "tests/fixtures/child_process.hpp"
#include "tests/fixtures/counters_file.hpp"
#include "tests/fixtures/small_tmpfs.hpp"

#include <sys/mman.h>
#include <csignal>
#include <string>

using namespace teal::counters;
using teal::fixtures::ChildProcess;
using teal::fixtures::SmallTmpfs;
using teal::fixtures::Worker;

namespace {

constexpr std::uint32_t kVariants = 40;

void make_counters(const std::string& path) {
    if (create_file(path.c_str(), 1, kVariants, static_cast<std::uint32_t>(-1), 0) != 0) {
        throw std::runtime_error(path + ": cannot be made");
    }
    teal::fixtures::configure(teal::fixtures::opened(path), kVariants);
}

}  // namespace

TEST_CASE("A worker that counts on a full tmpfs lives on, and what was stored stays") {
    const SmallTmpfs tmpfs(256 * 1024);
    if (!tmpfs.mounted()) {
        WARN("skipped: " << tmpfs.reason());
        return;
    }
    const std::string path = tmpfs / "counters";
    make_counters(path);
    ChildProcess child([&] {
        const Worker worker(path);
        worker.start(0);
        tmpfs.fill();
        for (std::uint32_t v = 0; v < kVariants; ++v) {
            worker.start(v);
            worker.finish(v);
        }
        return worker.file().mapping().lost() ? 0 : 1;
    });
    CHECK(child.result() == 0);
    tmpfs.free_space();
    const auto sum = teal::fixtures::sum_of(teal::fixtures::opened(path), 0);
    CHECK(sum.started >= 1);
    CHECK(Worker(path).slot() == 0);  // and the next worker goes on
}

TEST_CASE("A worker that claims its slot on a full tmpfs lives on") {
    const SmallTmpfs tmpfs(256 * 1024);
    if (!tmpfs.mounted()) {
        WARN("skipped: " << tmpfs.reason());
        return;
    }
    const std::string path = tmpfs / "counters";
    make_counters(path);
    tmpfs.fill();
    ChildProcess child([&] {
        const Worker worker(path);
        worker.start(0);
        worker.finish(0);
        return 0;
    });
    CHECK(child.result() == 0);
}

TEST_CASE("Without the guard a count on a full tmpfs kills the worker") {
    // Negative control.
    const SmallTmpfs tmpfs(256 * 1024);
    if (!tmpfs.mounted()) {
        WARN("skipped: " << tmpfs.reason());
        return;
    }
    const std::string path = tmpfs / "counters";
    make_counters(path);
    ChildProcess child([&] {
        const Worker worker(path);
        signal(SIGBUS, SIG_DFL);
        tmpfs.fill();
        for (std::uint32_t v = 0; v < kVariants; ++v) {
            worker.start(v);
        }
        return 0;
    });
    CHECK(child.result() == -SIGBUS);
}
