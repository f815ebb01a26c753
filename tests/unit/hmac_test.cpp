// Our HMAC-SHA256, which keeps its key blocks, against the standard's vectors and OpenSSL's.
#include "shared/sticky/cookie.hpp"
#include "tests/catch.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <cstdio>
#include <string>
#include <string_view>

namespace {

std::string hex(const unsigned char* bytes, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        char digits[3];
        std::snprintf(digits, sizeof(digits), "%02x", bytes[i]);
        text += digits;
    }
    return text;
}

std::string ours(std::string_view key, std::string_view message) {
    teal::sticky::Signer signer;
    signer.set_secret(key);
    unsigned char mac[32];
    signer.sign(message.data(), message.size(), mac);
    return hex(mac, sizeof(mac));
}

std::string openssls(std::string_view key, std::string_view message) {
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int bytes = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(message.data()), message.size(), mac, &bytes);
    return hex(mac, bytes);
}

}  // namespace

TEST_CASE("HMAC-SHA256 gives the values of RFC 4231") {
    CHECK(ours(std::string(20, '\x0b'), "Hi There") ==
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(ours("Jefe", "what do ya want for nothing?") ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(ours(std::string(20, '\xaa'), std::string(50, '\xdd')) ==
          "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    std::string counting;
    for (char c = 1; c <= 25; ++c) {
        counting += c;
    }
    CHECK(ours(counting, std::string(50, '\xcd')) ==
          "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
    CHECK(
        ours(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First") ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    CHECK(ours(std::string(131, '\xaa'),
               "This is a test using a larger than block-size key and a larger than block-size "
               "data. The key needs to be hashed before being used by the HMAC algorithm.") ==
          "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST_CASE("HMAC-SHA256 agrees with OpenSSL for all lengths of keys and messages around a block") {
    const std::string material = [] {
        std::string bytes(400, '\0');
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            bytes[i] = static_cast<char>(i * 37 + i / 7);
        }
        return bytes;
    }();
    const std::string_view all = material;
    for (std::size_t key = 1; key <= 140; ++key) {
        for (std::size_t message = 0; message <= 260; message += key % 3 + 1) {
            if (ours(all.substr(0, key), all.substr(1, message)) !=
                openssls(all.substr(0, key), all.substr(1, message))) {
                FAIL("key of " << key << " bytes, message of " << message);
            }
        }
    }
}
