// The low-level SHA-256 calls are used on purpose: HMAC() and EVP_MAC look the algorithm up and
// allocate on every call, several microseconds on the request path. They are marked deprecated
// since OpenSSL 3.0 but are there in all of 1.1, 3.x and BoringSSL.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "shared/sticky/signer.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <cstring>

namespace teal::sticky {
namespace {

constexpr std::size_t kBlockBytes = 64;
constexpr std::string_view kSipLabel = "teal sticky cookie, SipHash key";

void save(const SHA256_CTX& from, std::uint32_t (&to)[8]) {
    for (int i = 0; i < 8; ++i) {
        to[i] = static_cast<std::uint32_t>(from.h[i]);
    }
}

// A hash that has taken in one block, the key's.
SHA256_CTX resume(const std::uint32_t (&from)[8]) {
    SHA256_CTX state;
    SHA256_Init(&state);
    for (int i = 0; i < 8; ++i) {
        state.h[i] = from[i];
    }
    state.Nl = kBlockBytes * 8;
    return state;
}

}  // namespace

void Signer::set_secret(std::string_view secret) {
    unsigned char key[kBlockBytes] = {};
    if (secret.size() > kBlockBytes) {
        SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), key);
    } else {
        std::memcpy(key, secret.data(), secret.size());
    }
    unsigned char block[kBlockBytes];
    SHA256_CTX state;
    for (std::size_t i = 0; i < kBlockBytes; ++i) {
        block[i] = key[i] ^ 0x36;
    }
    SHA256_Init(&state);
    SHA256_Update(&state, block, kBlockBytes);
    save(state, inner_.hash);
    for (std::size_t i = 0; i < kBlockBytes; ++i) {
        block[i] = key[i] ^ 0x5c;
    }
    SHA256_Init(&state);
    SHA256_Update(&state, block, kBlockBytes);
    save(state, outer_.hash);
    unsigned char derived[32];
    sign(kSipLabel.data(), kSipLabel.size(), derived);
    std::memcpy(sip_key_.words, derived, sizeof(sip_key_.words));
    OPENSSL_cleanse(derived, sizeof(derived));
    OPENSSL_cleanse(key, sizeof(key));
    OPENSSL_cleanse(block, sizeof(block));
}

void Signer::sign(const void* message, std::size_t bytes, unsigned char (&mac)[32]) const {
    SHA256_CTX state = resume(inner_.hash);
    SHA256_Update(&state, message, bytes);
    unsigned char inner[32];
    SHA256_Final(inner, &state);
    state = resume(outer_.hash);
    SHA256_Update(&state, inner, sizeof(inner));
    SHA256_Final(mac, &state);
}

}  // namespace teal::sticky
