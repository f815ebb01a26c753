// A damaged table is refused or read as it was published, never misread and never a crash.
#include "shared/hash/key_hash.hpp"
#include "shared/table/reader.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/file_bytes.hpp"
#include "tests/fixtures/sample_table.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

using namespace teal::table;
using teal::fixtures::bytes_of;
using teal::fixtures::open_and_read;
using teal::fixtures::same_publication;
using teal::fixtures::TableFiles;

namespace {

struct Published : TableFiles {
    Published() : TableFiles(2) {
        image = teal::fixtures::sample_image();
        publish(image);
        image.splits[0].salt += 1;
        publish(image);  // both buffers are in use
        bytes = bytes_of(table);
        descriptor = open(table.c_str(), O_RDWR | O_CLOEXEC);
    }
    ~Published() { close(descriptor); }
    Published(const Published&) = delete;
    Published& operator=(const Published&) = delete;

    bool put(std::size_t at, char byte) const {
        return pwrite(descriptor, &byte, 1, static_cast<off_t>(at)) == 1;
    }
    // Bytes of the header page and of the published buffer that mean something.
    std::vector<std::size_t> used_bytes() const {
        const auto& header = *reinterpret_cast<const Header*>(bytes.data());
        const std::size_t buffer = header.buffer_offset[image.generation & 1];
        const auto& filled = *reinterpret_cast<const BufferHeader*>(bytes.data() + buffer);
        std::vector<std::size_t> used;
        for (std::size_t at = 0; at < sizeof(Header); ++at) {
            used.push_back(at);
        }
        for (std::size_t at = 0; at < arena_offset(2) + filled.arena_bytes; ++at) {
            used.push_back(buffer + at);
        }
        return used;
    }

    TableImage image;
    std::string bytes;
    int descriptor = -1;
};

}  // namespace

TEST_CASE("Any flipped bit is refused or leaves the publication as it was") {
    const Published published;
    int refused = 0;
    int harmless = 0;
    for (const std::size_t at : published.used_bytes()) {
        for (int bit = 0; bit < 8; ++bit) {
            if (!published.put(at, static_cast<char>(published.bytes[at] ^ (1 << bit)))) {
                FAIL("byte " << at << " cannot be written");
            }
            TableImage read;
            const Health health = open_and_read(published.table, read);
            const bool same = health == Health::ok && same_publication(read, published.image);
            if (health == Health::ok && !same) {
                FAIL("byte " << at << ", bit " << bit << " misread");
            }
            (same ? harmless : refused) += 1;
        }
        published.put(at, published.bytes[at]);
    }
    INFO("refused " << refused << ", harmless " << harmless);
    CHECK(refused > 30'000);
    // Harmless are the header's reserved bytes and the bell, and the buffer header's reserved ones.
    CHECK(harmless == static_cast<int>(8 * (48 + 120 + 8 + 120 + 80)));
}

TEST_CASE("Damage that the checksums are blind to would be seen by these tests") {
    // Negative control: one weight changed and all checksums made good. The reader accepts it, and
    // the comparison with what was published tells.
    const Published published;
    std::string bytes = published.bytes;
    char* buffer = bytes.data() + reinterpret_cast<const Header*>(bytes.data())
                                      ->buffer_offset[published.image.generation & 1];
    auto& header = *reinterpret_cast<BufferHeader*>(buffer);
    auto* directory = reinterpret_cast<DirectoryEntry*>(buffer + sizeof(BufferHeader));
    auto& record = *reinterpret_cast<SplitRecord*>(buffer + directory[0].offset);
    record.variants[0].weight_ppm ^= 1;
    directory[0].checksum = teal::checksum(&record, directory[0].bytes);
    header.checksum = teal::checksum(&header, offsetof(BufferHeader, checksum),
                                     teal::checksum(directory, 2 * sizeof(DirectoryEntry)));
    teal::fixtures::write_bytes(published.table, bytes);
    TableImage read;
    CHECK(open_and_read(published.table, read) == Health::ok);
    CHECK_FALSE(same_publication(read, published.image));
}

TEST_CASE("A table cut short at any length is refused") {
    const Published published;
    std::vector<std::size_t> lengths;
    for (std::size_t length = 0; length < published.bytes.size(); length += 97) {
        lengths.push_back(length);
    }
    for (std::size_t page = 4096; page < published.bytes.size(); page += 4096) {
        lengths.insert(lengths.end(), {page - 1, page, page + 1});
    }
    lengths.push_back(published.bytes.size() - 1);
    std::sort(lengths.rbegin(), lengths.rend());
    for (const std::size_t length : lengths) {
        REQUIRE(truncate(published.table.c_str(), static_cast<off_t>(length)) == 0);
        TableImage read;
        if (open_and_read(published.table, read) != Health::foreign) {
            FAIL("accepted at " << length << " bytes");
        }
    }
}

TEST_CASE("A table whose contents were lost but not its size is refused or unpublished") {
    const Published published;
    for (std::size_t length = published.bytes.size(); length > 0;
         length = length > 1024 ? length - 1024 : 0) {
        REQUIRE(ftruncate(published.descriptor, static_cast<off_t>(length)) == 0);
        REQUIRE(ftruncate(published.descriptor, static_cast<off_t>(published.bytes.size())) == 0);
        TableImage read;
        const Health health = open_and_read(published.table, read);
        if (health == Health::ok && !same_publication(read, published.image)) {
            FAIL("misread after " << length << " bytes");
        }
    }
    TableImage read;
    CHECK(open_and_read(published.table, read) != Health::ok);
}
