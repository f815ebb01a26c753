// Making and opening the counters file: what it allows, what it refuses.
#include "tests/fixtures/counters_file.hpp"
#include "shared/counters/file.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/file_bytes.hpp"
#include "tests/fixtures/sample_table.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <filesystem>
#include <string>

using namespace teal::counters;
using teal::Access;
using teal::fixtures::CountersFile;
using teal::fixtures::write_bytes;

namespace {

constexpr auto kNoChange = static_cast<std::uint32_t>(-1);

Opened open_at(const std::string& path) {
    File file;
    int error = 0;
    return file.open(path.c_str(), Access::read_only, &error);
}

}  // namespace

TEST_CASE("A new counters file has the capacities asked for and counts nothing") {
    const teal::fixtures::TemporaryDirectory directory;
    const std::string path = directory / "counters";
    REQUIRE(create_file(path.c_str(), 3, 7, kNoChange, 0) == 0);
    const File file = teal::fixtures::opened(path, Access::read_only);
    CHECK(file.split_capacity() == 3);
    CHECK(file.variant_capacity() == 7);
    CHECK(file.split_count() == 0);
    CHECK(file.variant_count() == 0);
    CHECK(file.slot_high() == 0);
    CHECK(live_slots(file).none());
}

TEST_CASE("A counters file is for its owner and group, and nothing stays beside it") {
    const mode_t before = umask(0077);
    const CountersFile counters;
    umask(before);
    struct stat status {};
    REQUIRE(stat(counters.path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0640);
    CHECK(static_cast<std::uint64_t>(status.st_blocks) * 512 <= 64 * 1024);  // sparse
    std::size_t entries = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(counters.directory.path())) {
        ++entries;
    }
    CHECK(entries == 1);
}

TEST_CASE("A counters file is given to the owner named") {
    if (geteuid() != 0) {
        WARN("skipped: only root gives files away");
        return;
    }
    const teal::fixtures::TemporaryDirectory directory;
    const std::string path = directory / "counters";
    REQUIRE(create_file(path.c_str(), 1, 1, 65'534, 65'534) == 0);
    struct stat status {};
    REQUIRE(stat(path.c_str(), &status) == 0);
    CHECK(status.st_uid == 65'534);
    CHECK(status.st_gid == 65'534);
}

TEST_CASE("A counters file is never made over an existing one") {
    const CountersFile counters;
    teal::fixtures::Worker worker(counters.path);
    worker.start(0);
    CHECK(create_file(counters.path.c_str(), 9, 9, kNoChange, 0) == EEXIST);
    CHECK(teal::fixtures::sum_of(teal::fixtures::opened(counters.path), 0).started == 1);
}

TEST_CASE("A maker of counters that was killed under our pid is not in the way") {
    const teal::fixtures::TemporaryDirectory directory;
    const std::string path = directory / "counters";
    write_bytes(path + ".new." + std::to_string(getpid()), "half a file");
    CHECK(create_file(path.c_str(), 1, 1, kNoChange, 0) == 0);
    CHECK(open_at(path) == Opened::ok);
}

TEST_CASE("What is no counters file of this version is refused") {
    const CountersFile counters;
    const int descriptor = open(counters.path.c_str(), O_RDWR | O_CLOEXEC);
    struct stat status {};
    REQUIRE(fstat(descriptor, &status) == 0);
    SECTION("another version") {
        for (const std::uint32_t version : {0u, 1u, 2u, 4u, 77u}) {
            REQUIRE(pwrite(descriptor, &version, 4, offsetof(Header, layout_version)) == 4);
            CHECK(open_at(counters.path) == Opened::unsupported);
        }
    }
    SECTION("cut short") {
        for (const off_t length : {status.st_size - 1, status.st_size / 2, off_t{4097}, off_t{4096},
                                   off_t{4095}, off_t{1}, off_t{0}}) {
            REQUIRE(ftruncate(descriptor, length) == 0);
            CHECK(open_at(counters.path) == Opened::foreign);
        }
    }
    SECTION("a damaged byte before the checksum's end") {
        for (off_t at = 0; at < static_cast<off_t>(offsetof(Header, checksum) + 8); ++at) {
            char byte = 0;
            REQUIRE(pread(descriptor, &byte, 1, at) == 1);
            const char damaged = static_cast<char>(byte ^ 0x40);
            REQUIRE(pwrite(descriptor, &damaged, 1, at) == 1);
            CAPTURE(at);
            CHECK(open_at(counters.path) != Opened::ok);
            REQUIRE(pwrite(descriptor, &byte, 1, at) == 1);
        }
        CHECK(open_at(counters.path) == Opened::ok);
    }
    close(descriptor);
}

TEST_CASE("A table, a directory and nothing at all are no counters") {
    const teal::fixtures::TableFiles files;
    CHECK(open_at(files.table) == Opened::foreign);
    CHECK(open_at(files.directory.path()) == Opened::foreign);
    CHECK(open_at(files.directory / "nothing") == Opened::missing);
}

TEST_CASE("Counts in the header never lead beyond the file") {
    const CountersFile counters;
    const File file = teal::fixtures::opened(counters.path);
    file.header().split_count = 0xffffffff;
    file.header().variant_count = 0xffffffff;
    file.header().slot_high = 0xffffffff;
    CHECK(file.split_count() == 1);
    CHECK(file.variant_count() == 2);
    CHECK(file.slot_high() == kSlotCapacity);
    CHECK(live_slots(file).none());
    CHECK(teal::fixtures::sum_of(file, 1).started == 0);
}

TEST_CASE("Directories are searched by name") {
    const CountersFile counters;
    const File file = teal::fixtures::opened(counters.path);
    CHECK(find_split(file, "app") == 0);
    CHECK(find_split(file, "ap") == kNotFound);
    CHECK(find_variant(file, 0, "v1") == 1);
    CHECK(find_variant(file, 0, "v2") == kNotFound);
    CHECK(find_variant(file, 1, "v1") == kNotFound);
}
