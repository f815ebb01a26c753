// A file that is cut short while it is mapped must not kill the process that reads it.
#include "shared/mapping/bus_guard.hpp"
#include "shared/mapping/file_mapping.hpp"
#include "shared/table/reader.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/child_process.hpp"
#include "tests/fixtures/sample_table.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <csignal>
#include <cstdint>
#include <string>

using namespace teal::table;
using teal::fixtures::ChildProcess;
using teal::fixtures::same_publication;
using teal::fixtures::TableFiles;

namespace {

struct Mapped : TableFiles {
    Mapped() : TableFiles(2) {
        image = teal::fixtures::sample_image();
        publish(image);
        int error = 0;
        std::uint32_t version = 0;
        reader.open(table.c_str(), &error, &version);
    }
    void cut(std::size_t length) const {
        if (truncate(table.c_str(), static_cast<off_t>(length)) != 0) {
            throw std::runtime_error("truncate");
        }
    }

    TableImage image;
    Reader reader;
};

// Reads a byte of the second page of a file that has only one.
int touch_lost_page(const std::string& path) {
    const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (ftruncate(descriptor, 8192) != 0) {
        return 2;
    }
    const void* bytes = mmap(nullptr, 8192, PROT_READ, MAP_SHARED, descriptor, 0);
    if (ftruncate(descriptor, 4096) != 0) {
        return 2;
    }
    return static_cast<const volatile unsigned char*>(bytes)[4096];
}

}  // namespace

TEST_CASE("A table cut short while it is mapped reads as damaged, unpublished or as it was") {
    const Mapped mapped;
    const std::size_t whole = mapped.reader.mapping().size();
    bool refused = false;
    for (std::size_t length = whole; length > 0; length = length > 512 ? length - 512 : 0) {
        mapped.cut(length);
        TableImage read;
        const Health health = read_image(mapped.reader, read);
        CAPTURE(length);
        if (health == Health::ok) {
            if (refused || !same_publication(read, mapped.image)) {
                FAIL("misread");
            }
        } else if (health != Health::damaged && health != Health::unpublished) {
            FAIL("told as " << health_text(health));
        }
        refused = health != Health::ok;
    }
    mapped.cut(0);
    TableImage read;
    CHECK(read_image(mapped.reader, read) == Health::unpublished);
    CHECK(mapped.reader.mapping().lost());
    CHECK_FALSE(mapped.reader.mapping().is_current(mapped.table.c_str()));
}

TEST_CASE("A mapped table is current until it is replaced or cut short") {
    const Mapped mapped;
    CHECK(mapped.reader.mapping().is_current(mapped.table.c_str()));
    SECTION("replaced") {
        REQUIRE(unlink(mapped.table.c_str()) == 0);
        create_table(mapped.table, 2);
    }
    SECTION("removed") {
        REQUIRE(unlink(mapped.table.c_str()) == 0);
    }
    SECTION("cut short") {
        mapped.cut(mapped.reader.mapping().size() - 1);
    }
    CHECK_FALSE(mapped.reader.mapping().is_current(mapped.table.c_str()));
}

TEST_CASE("Without the guard the same access kills the process") {
    // Negative control.
    const teal::fixtures::TemporaryDirectory directory;
    ChildProcess child([&] {
        signal(SIGBUS, SIG_DFL);
        return touch_lost_page(directory / "file");
    });
    CHECK(child.result() == -SIGBUS);
}

TEST_CASE("A fault outside the guarded ranges is still an ordinary crash") {
    const teal::fixtures::TemporaryDirectory directory;
    ChildProcess child([&] {
        signal(SIGBUS, SIG_DFL);
        // In a fork of this test the guard may be installed or not: make it so, over the default.
        teal::install_bus_guard();
        return touch_lost_page(directory / "file");
    });
    CHECK(child.result() == -SIGBUS);
}

TEST_CASE("A fault outside the guarded ranges goes to the handler that was there before") {
    const teal::fixtures::TemporaryDirectory directory;
    ChildProcess child([&] {
        struct sigaction action {};
        action.sa_handler = [](int) { _exit(7); };
        sigaction(SIGBUS, &action, nullptr);
        teal::install_bus_guard();
        return touch_lost_page(directory / "file");
    });
    CHECK(child.result() == 7);
}

TEST_CASE("A guarded range that is writable takes writes where its page went away") {
    const teal::fixtures::TemporaryDirectory directory;
    const std::string path = directory / "file";
    const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(ftruncate(descriptor, 3 * 4096) == 0);
    teal::FileMapping mapping;
    REQUIRE(mapping.open(path.c_str(), teal::Access::read_write, 1) == 0);
    REQUIRE(ftruncate(descriptor, 4096) == 0);
    CHECK_FALSE(mapping.lost());
    auto* bytes = reinterpret_cast<volatile unsigned char*>(mapping.bytes());
    bytes[2 * 4096] = 5;
    CHECK(bytes[2 * 4096] == 5);
    CHECK(bytes[4096] == 0);
    CHECK(mapping.lost());
    close(descriptor);
}
