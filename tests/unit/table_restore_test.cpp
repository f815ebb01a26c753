// After a reboot the table is gone and the saved copy brings it back.
#include "shared/table/restore.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/file_bytes.hpp"
#include "tests/fixtures/sample_table.hpp"
#include "tests/fixtures/small_tmpfs.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <filesystem>
#include <string>

using namespace teal::table;
using teal::fixtures::bytes_of;
using teal::fixtures::open_and_read;
using teal::fixtures::same_publication;
using teal::fixtures::TableFiles;
using teal::fixtures::write_bytes;

namespace {

struct Rebooted : TableFiles {
    Rebooted() : TableFiles(2) {
        image = teal::fixtures::sample_image();
        publish(image);
        image.splits[0].salt = 7;
        publish(image);
        unlink(table.c_str());
    }
    Restored restore() { return restore_table(table.c_str(), saved.c_str(), &error); }

    TableImage image;
    int error = 0;
};

}  // namespace

TEST_CASE_METHOD(Rebooted, "A restored table is the last publication, under its generation") {
    REQUIRE(restore() == Restored::yes);
    TableImage read;
    REQUIRE(open_and_read(table, read) == Health::ok);
    CHECK(read.generation == 2);
    CHECK(same_publication(read, image));
}

TEST_CASE_METHOD(Rebooted, "Publishing goes on where it stopped") {
    REQUIRE(restore() == Restored::yes);
    for (std::uint64_t generation = 3; generation < 6; ++generation) {
        image.splits[0].salt += 1;
        CHECK(publish(image).generation == generation);
        TableImage read;
        REQUIRE(open_and_read(table, read) == Health::ok);
        CHECK(same_publication(read, image));
    }
}

TEST_CASE_METHOD(Rebooted, "A restored table can be read by workers and leaves nothing beside it") {
    const mode_t before = umask(0077);
    REQUIRE(restore() == Restored::yes);
    umask(before);
    struct stat status {};
    REQUIRE(stat(table.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0644);
    std::size_t entries = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(directory.path())) {
        ++entries;
    }
    CHECK(entries == 2);  // the table, and the directory of the saved copy
}

TEST_CASE_METHOD(Rebooted, "A table that exists is never replaced, whatever it holds") {
    write_bytes(table, "not even a table");
    CHECK(restore() == Restored::not_needed);
    CHECK(bytes_of(table) == "not even a table");
}

TEST_CASE_METHOD(Rebooted, "Without a saved copy there is nothing to restore") {
    unlink(saved.c_str());
    CHECK(restore() == Restored::no_copy);
    CHECK(access(table.c_str(), F_OK) != 0);
}

TEST_CASE_METHOD(Rebooted, "A saved copy damaged anywhere is refused") {
    const std::string good = bytes_of(saved);
    const std::size_t buffer = 4096;  // generation 2 lies in buffer 0
    for (const std::size_t at :
         {std::size_t{0}, std::size_t{9}, std::size_t{24}, std::size_t{72}, std::size_t{128},
          buffer, buffer + 24, buffer + 40, buffer + 128, buffer + 192, buffer + 192 + 64,
          buffer + 192 + 900, buffer + 192 + 2400, buffer + 192 + 2400 + 2239}) {
        CAPTURE(at);
        std::string bytes = good;
        bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
        write_bytes(saved, bytes);
        CHECK(restore() == Restored::bad_copy);
        CHECK(access(table.c_str(), F_OK) != 0);
    }
    write_bytes(saved, good);
    CHECK(restore() == Restored::yes);  // the same check does accept the good one
}

TEST_CASE_METHOD(Rebooted, "A saved copy cut short, empty or of another kind is refused") {
    const std::string good = bytes_of(saved);
    for (const std::string& content :
         {std::string(), good.substr(0, 4096), good.substr(0, good.size() - 1),
          std::string(good.size(), '\0')}) {
        write_bytes(saved, content);
        CHECK(restore() == Restored::bad_copy);
    }
    CHECK(access(table.c_str(), F_OK) != 0);
}

TEST_CASE_METHOD(Rebooted, "A restorer that was killed under our pid is not in the way") {
    write_bytes(table + ".restore." + std::to_string(getpid()), "half a table");
    CHECK(restore() == Restored::yes);
    CHECK(access(table.c_str(), F_OK) == 0);
}

TEST_CASE_METHOD(Rebooted, "A directory that is not there is a failure with its errno") {
    table = directory / "nowhere/table";
    CHECK(restore() == Restored::failed);
    CHECK(error == ENOENT);
}

TEST_CASE_METHOD(Rebooted, "On a full tmpfs no half table appears") {
    const teal::fixtures::SmallTmpfs tmpfs(256 * 1024);
    if (!tmpfs.mounted()) {
        WARN("skipped: " << tmpfs.reason());
        return;
    }
    table = tmpfs / "table";
    tmpfs.fill();
    CHECK(restore() == Restored::failed);
    CHECK(error == ENOSPC);
    CHECK(access(table.c_str(), F_OK) != 0);
    tmpfs.free_space();
    CHECK(restore() == Restored::yes);
}
