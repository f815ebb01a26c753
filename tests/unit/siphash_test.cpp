// SipHash-2-4 with 128 bits against the vectors of its reference implementation (key 00 to 0f,
// message 00, 01, 02, ...), which `openssl mac -macopt size:16 SIPHASH` gives as well.
#include "shared/sticky/siphash.hpp"
#include "tests/catch.hpp"

#include <cstdio>
#include <string>

namespace {

std::string hash_of(std::size_t words, std::size_t bytes) {
    unsigned char message[64];
    for (unsigned char i = 0; i < sizeof(message); ++i) {
        message[i] = i;
    }
    teal::sticky::SipKey key;
    std::memcpy(key.words, message, sizeof(key.words));
    teal::sticky::SipHash hash(key);
    for (std::size_t i = 0; i < words; ++i) {
        std::uint64_t word = 0;
        std::memcpy(&word, message + 8 * i, 8);
        hash.take(word);
    }
    unsigned char out[16];
    hash.finish(message + 8 * words, bytes, out);
    std::string text;
    for (const unsigned char byte : out) {
        char digits[3];
        std::snprintf(digits, sizeof(digits), "%02x", byte);
        text += digits;
    }
    return text;
}

}  // namespace

TEST_CASE("SipHash gives the reference's values") {
    CHECK(hash_of(0, 0) == "a3817f04ba25a8e66df67214c7550293");
    CHECK(hash_of(0, 1) == "da87c1d86b99af44347659119b22fc45");
    CHECK(hash_of(0, 15) == "5493e99933b0a8117e08ec0f97cfc3d9");
    CHECK(hash_of(0, 8) != hash_of(0, 9));
}

TEST_CASE("Words and text are one message") {
    CHECK(hash_of(1, 7) == hash_of(0, 15));
    CHECK(hash_of(2, 3) == hash_of(0, 19));
    CHECK(hash_of(1, 0) == hash_of(0, 8));
}
