#include "cli/files/sha256.hpp"

#include "cli/error.hpp"

#include <openssl/evp.h>

namespace teal::cli {
namespace {

Error unavailable() {
    return failure("SHA-256 is not available", "see OpenSSL's configuration");
}

EVP_MD_CTX* of(void* state) {
    return static_cast<EVP_MD_CTX*>(state);
}

}  // namespace

void Sha256::Free::operator()(void* state) const {
    EVP_MD_CTX_free(of(state));
}

Sha256::Sha256() : state_(EVP_MD_CTX_new()) {
    if (!state_ || EVP_DigestInit_ex(of(state_.get()), EVP_sha256(), nullptr) != 1) {
        throw unavailable();
    }
}

void Sha256::add(std::string_view bytes) {
    if (EVP_DigestUpdate(of(state_.get()), bytes.data(), bytes.size()) != 1) {
        throw unavailable();
    }
}

std::string Sha256::hex() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (EVP_DigestFinal_ex(of(state_.get()), digest, &size) != 1) {
        throw unavailable();
    }
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) {
        constexpr char kDigits[] = "0123456789abcdef";
        hex += kDigits[digest[i] >> 4u];
        hex += kDigits[digest[i] & 15u];
    }
    return hex;
}

}  // namespace teal::cli
