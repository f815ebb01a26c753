// The hash decides who sees which variant, in every process and every release alike: its values for
// given bytes are part of the ABI. Expected values come from the libxxhash of the distribution
// (XXH3_64bits_withSeed in the shared library), not from the inlined code under test.
#include "shared/hash/key_hash.hpp"
#include "tests/catch.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace {

struct Golden {
    std::string_view key;
    std::uint64_t salt;
    std::uint64_t hash;
};

constexpr std::string_view kAgent =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 "
    "Safari/537.36";

constexpr Golden kGolden[] = {
    {"", 0x0000000000000000, 0x2d06800538d394c2},
    {"", 0x0000000000000001, 0x4dc5b0cc826f6703},
    {"", 0xffffffffffffffff, 0x4c093276ae47a555},
    {"a", 0x0000000000000000, 0xe6c632b61e964e1f},
    {"a", 0x9e3779b97f4a7c15, 0x7b013ec73230c3a1},
    {"203.0.113.7", 0x0000000000000000, 0x5a3c573130817a24},
    {"203.0.113.7", 0x0000000000000001, 0x5acc2c1b36386781},
    {"203.0.113.7", 0x9e3779b97f4a7c15, 0xbac85d90234f1ff4},
    {"203.0.113.7", 0xffffffffffffffff, 0x9408ff4e3c5be264},
    {"session-0123456789abcdef", 0x0000000000000000, 0xaf06c8e3e0489bfd},
    {"session-0123456789abcdef", 0x9e3779b97f4a7c15, 0xfe911e409deaec2c},
    {kAgent, 0x0000000000000000, 0xe013d455d85c7571},
    {kAgent, 0x9e3779b97f4a7c15, 0x999a2a0a26b5d26f},
};

}  // namespace

TEST_CASE("A key and a salt always hash to the same point") {
    for (const Golden& golden : kGolden) {
        CAPTURE(golden.key, golden.salt);
        CHECK(teal::key_hash(golden.key.data(), golden.key.size(), golden.salt) == golden.hash);
    }
}

TEST_CASE("A key of a thousand bytes hashes as in libxxhash") {
    std::string key(1000, '\0');
    for (std::size_t i = 0; i < key.size(); ++i) {
        key[i] = static_cast<char>(i * 7 + 3);
    }
    CHECK(teal::key_hash(key.data(), key.size(), 42) == 0xf0f163846cbf0c33);
}

TEST_CASE("The checksum is the same hash with seed 0") {
    CHECK(teal::checksum("a", 1) == 0xe6c632b61e964e1f);
}
