// The table file's bytes, written by us and read here with plain offsets: what another program, or
// this one in five years, must find. Offsets are those of shared/table/LAYOUT.md.
#include "shared/hash/key_hash.hpp"
#include "shared/table/layout.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/file_bytes.hpp"
#include "tests/fixtures/sample_table.hpp"

#include <cstdint>
#include <cstring>
#include <string>

using teal::fixtures::bytes_of;
using teal::fixtures::TableFiles;

namespace {

template <typename Word>
Word word_at(const std::string& bytes, std::size_t offset) {
    Word word{};
    std::memcpy(&word, bytes.data() + offset, sizeof(word));
    return word;
}

std::uint32_t u32(const std::string& bytes, std::size_t offset) {
    return word_at<std::uint32_t>(bytes, offset);
}
std::uint64_t u64(const std::string& bytes, std::size_t offset) {
    return word_at<std::uint64_t>(bytes, offset);
}

// A table for two splits has its buffers at 4096 and, each being 41 pages, at 172032.
constexpr std::size_t kBuffer0 = 4096;
constexpr std::size_t kBuffer1 = 172'032;

constexpr std::uint64_t kAppDigest = 0x7099400977e171a3;
constexpr std::uint64_t kApiDigest = 0x0b969de66fea3b04;

// The sample, published as generation 1: in buffer 1.
std::string published_sample() {
    const TableFiles files(2);
    teal::table::TableImage image = teal::fixtures::sample_image();
    files.publish(image);
    return bytes_of(files.table);
}

}  // namespace

TEST_CASE("The header page lies in the file as drawn") {
    const std::string file = published_sample();
    REQUIRE(file.size() == 339'968);
    CHECK(file.substr(0, 8) == "TEALTBL\n");
    CHECK(u32(file, 8) == 1);             // layout_version
    CHECK(u32(file, 12) == 4096);         // header_bytes
    CHECK(u64(file, 16) == file.size());  // file_bytes
    CHECK(u32(file, 24) == 2);            // split_capacity
    CHECK(u32(file, 28) == 8);            // max_variants
    CHECK(u32(file, 32) == 64);           // max_endpoints
    CHECK(u32(file, 36) == 64);           // max_segments
    CHECK(u64(file, 40) == kBuffer0);
    CHECK(u64(file, 48) == kBuffer1);
    CHECK(u64(file, 56) == 167'936);  // buffer_bytes
    CHECK(u64(file, 72) == teal::checksum(file.data(), 72));
    CHECK(u64(file, 128) == 0x16c32);  // published: seal(1)
    CHECK(u64(file, 256) == 1);        // bell
}

TEST_CASE("A buffer lies in the file as drawn") {
    const std::string file = published_sample();
    const char* buffer = file.data() + kBuffer1;
    CHECK(u64(file, kBuffer1) == 1);       // generation
    CHECK(u64(file, kBuffer1 + 16) == 1);  // membership_generation
    CHECK(u32(file, kBuffer1 + 24) == 2);  // split_count
    CHECK(u64(file, kBuffer1 + 32) == 2400 + 2240);
    CHECK(u64(file, kBuffer1 + 40) == teal::checksum(buffer, 40, teal::checksum(buffer + 128, 64)));
    const std::size_t first = kBuffer1 + 128;
    CHECK(u64(file, first) == teal::checksum(buffer + 192, 2400));
    CHECK(u64(file, first + 8) == 1);      // changed_generation
    CHECK(u64(file, first + 16) == 192);   // offset: 128 + 2 * 32
    CHECK(u32(file, first + 24) == 2400);  // 1920 + 3 endpoints of 160
    CHECK(u64(file, first + 32) == teal::checksum(buffer + 2592, 2240));
    CHECK(u64(file, first + 48) == 2592);
    CHECK(u32(file, first + 56) == 2240);
}

TEST_CASE("A record lies in the file as drawn") {
    const std::string file = published_sample();
    const std::size_t app = kBuffer1 + 192;
    CHECK(file.substr(app, 4) == std::string("app\0", 4));
    CHECK(u64(file, app + 64) == 0x1234567890abcdef);  // salt
    CHECK(u64(file, app + 72) == 1);                   // changed_generation
    CHECK(u32(file, app + 80) == 2);                   // variants
    CHECK(u32(file, app + 84) == 2);                   // segments
    CHECK(u32(file, app + 88) == 3);                   // endpoints
    CHECK(u32(file, app + 128) == 1);                  // guard.armed
    CHECK(u32(file, app + 132) == 1);                  // guard: canary 1, baseline 0
    CHECK(u64(file, app + 136) == 100'000);            // alpha_e9
    CHECK(u64(file, app + 144) == 1'250'000'000);      // margin_e9
    CHECK(u64(file, app + 160) == 86'400'000);         // horizon_ms
    CHECK(u64(file, app + 168) == 250'000);            // slow_us[0]
    const std::size_t green = app + 384 + 64;
    CHECK(file.substr(green, 6) == std::string("green\0", 6));
    CHECK(u32(file, green + 32) == 100'000);               // weight_ppm
    CHECK(word_at<std::uint16_t>(file, green + 36) == 2);  // first_endpoint
    CHECK(word_at<std::uint16_t>(file, green + 38) == 1);  // endpoint_count
    CHECK(word_at<std::uint8_t>(file, green + 40) == 0);   // open
    CHECK(u64(file, app + 896) == 0xe666666666666666);     // 90 % of the ring
    CHECK(u32(file, app + 904) == 900'000);
    CHECK(u32(file, app + 908) == 0);
    CHECK(u64(file, app + 912) == 0xffffffffffffffff);
    CHECK(u32(file, app + 920) == 1'000'000);
    CHECK(u32(file, app + 924) == 1);
}

TEST_CASE("Endpoints lie in the file as drawn") {
    const std::string file = published_sample();
    const std::size_t first = kBuffer1 + 192 + 1920;
    CHECK(word_at<std::uint16_t>(file, first) == 1);  // ipv4
    CHECK(word_at<std::uint16_t>(file, first + 2) == 8101);
    CHECK(file.substr(first + 8, 4) == std::string("\x7f\0\0\x01", 4));
    CHECK(u32(file, first + 24) == 14);
    CHECK(file.substr(first + 32, 15) == std::string("127.0.0.1:8101\0", 15));
    const std::size_t second = first + 160;
    CHECK(word_at<std::uint16_t>(file, second) == 2);  // ipv6
    CHECK(u32(file, second + 4) == 1);                 // slot
    CHECK(file.substr(second + 32, 10) == "[::1]:8101");
    const std::size_t third = second + 160;
    CHECK(word_at<std::uint16_t>(file, third) == 3);  // unix socket
    CHECK(word_at<std::uint16_t>(file, third + 2) == 0);
    CHECK(file.substr(third + 32, 20) == "unix:/run/green.sock");
}

TEST_CASE("The records of a publication have the bytes they always had") {
    const std::string file = published_sample();
    CHECK(teal::checksum(file.data() + kBuffer1 + 192, 2400) == kAppDigest);
    CHECK(teal::checksum(file.data() + kBuffer1 + 2592, 2240) == kApiDigest);
}

TEST_CASE("What a publication does not use is zero") {
    const std::string file = published_sample();
    const auto is_zero = [&](std::size_t begin, std::size_t end) {
        return file.find_first_not_of('\0', begin) >= end;
    };
    CHECK(is_zero(384, 4096));
    CHECK(is_zero(kBuffer0, kBuffer1));
    CHECK(is_zero(kBuffer1 + 192 + 2400 + 2240, file.size()));
    CHECK_FALSE(is_zero(256, 4096));  // the bell was rung
}
