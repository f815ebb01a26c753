// The word that publishes: a generation and 16 check bits. Expected values were computed from the
// formula in layout.hpp by another program.
#include "shared/table/layout.hpp"
#include "tests/catch.hpp"

#include <cstdint>

using teal::table::seal;
using teal::table::unseal;

TEST_CASE("A generation is sealed as LAYOUT.md says") {
    CHECK(seal(0) == 0);
    CHECK(seal(1) == 0x16c32);
    CHECK(seal(2) == 0x2eab1);
    CHECK(seal(3) == 0x397bc);
    CHECK(seal(1000) == 0x3e8474e);
    CHECK(seal(std::uint64_t{1} << 32) == 0x1000000009708);
    CHECK(seal((std::uint64_t{1} << 48) - 1) == 0xffffffffffff23be);
}

TEST_CASE("A sealed generation is read back") {
    for (std::uint64_t generation = 1; generation < 100'000; ++generation) {
        if (unseal(seal(generation)) != generation) {
            FAIL("generation " << generation);
        }
    }
}

// 16 check bits let one damaged generation in 65 536 pass; the number that the buffer repeats
// stops those (table_damage_test.cpp).
TEST_CASE("A damaged bit turns a published word into another publication once in 65 536 times") {
    int taken = 0;
    for (std::uint64_t generation = 1; generation < 10'000; ++generation) {
        for (int bit = 0; bit < 64; ++bit) {
            taken += unseal(seal(generation) ^ (std::uint64_t{1} << bit)) != 0 ? 1 : 0;
        }
    }
    CHECK(taken <= 2 * 10'000 * 64 / 65'536);
}
