// What is no table of ours, or not of our version, is refused by its name.
#include "shared/table/reader.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/file_bytes.hpp"
#include "tests/fixtures/sample_table.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdint>
#include <string>

using namespace teal::table;
using teal::fixtures::bytes_of;
using teal::fixtures::TableFiles;
using teal::fixtures::TemporaryDirectory;
using teal::fixtures::write_bytes;

namespace {

struct Opening {
    explicit Opening(const std::string& path)
        : health(reader.open(path.c_str(), &error, &version)) {}

    Reader reader;
    int error = 0;
    std::uint32_t version = 0;
    Health health;
};

}  // namespace

TEST_CASE("A table of an older or newer layout is refused with its version") {
    const TableFiles files;
    const std::string good = bytes_of(files.table);
    for (const std::uint32_t version : {0u, 2u, 3u, 4'000'000'000u}) {
        std::string bytes = good;
        for (std::size_t i = 0; i < 4; ++i) {
            bytes[8 + i] = static_cast<char>(version >> (8 * i));
        }
        write_bytes(files.table, bytes);
        const Opening opening(files.table);
        CHECK(opening.health == Health::unsupported);
        CHECK(opening.version == version);
        CHECK_FALSE(opening.reader.is_open());
    }
    write_bytes(files.table, good);
    CHECK(Opening(files.table).health == Health::ok);
}

TEST_CASE("A missing table is missing, with the errno") {
    const TemporaryDirectory directory;
    const Opening opening(directory / "table");
    CHECK(opening.health == Health::missing);
    CHECK(opening.error == ENOENT);
    CHECK(Opening(directory / "no/such/directory").health == Health::missing);
}

TEST_CASE("Foreign files, directories, pipes and empty files are no tables") {
    const TemporaryDirectory directory;
    CHECK(Opening(directory.path()).health == Health::foreign);
    CHECK(Opening("/dev/zero").health == Health::foreign);

    const std::string path = directory / "file";
    for (const std::string& content :
         {std::string(), std::string("T"), std::string("TEALTBL\n"), std::string(4095, 'T'),
          std::string(4096, '\0'), std::string(1'000'000, '\xff'),
          "TEALCNT\n" + std::string(10'000, '\1')}) {
        write_bytes(path, content);
        CHECK(Opening(path).health == Health::foreign);
    }

    const std::string pipe = directory / "pipe";
    REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    CHECK(Opening(pipe).health == Health::foreign);  // and does not wait for a writer
}

TEST_CASE("A table that everybody may write is unsafe") {
    const TableFiles files;
    REQUIRE(chmod(files.table.c_str(), 0646) == 0);
    CHECK(Opening(files.table).health == Health::unsafe);
    REQUIRE(chmod(files.table.c_str(), 0664) == 0);
    CHECK(Opening(files.table).health == Health::ok);
}

TEST_CASE("A table that was made and never published into is unpublished") {
    const TableFiles files;
    TableImage image;
    CHECK(teal::fixtures::open_and_read(files.table, image) == Health::unpublished);
    CHECK(image.splits.empty());
}

TEST_CASE("A reader opens another file after one that was refused") {
    const TableFiles files;
    const TemporaryDirectory directory;
    write_bytes(directory / "empty", "");
    Reader reader;
    int error = 0;
    std::uint32_t version = 0;
    CHECK(reader.open((directory / "empty").c_str(), &error, &version) == Health::foreign);
    CHECK(reader.open(files.table.c_str(), &error, &version) == Health::ok);
    CHECK(reader.generation() == 0);
}

TEST_CASE("Every health has words of its own") {
    CHECK(std::string(health_text(Health::ok)) == "ok");
    CHECK(std::string(health_text(Health::unsupported)) == "of another layout version");
    CHECK(std::string(health_text(static_cast<Health>(99))) == "unknown");
}
