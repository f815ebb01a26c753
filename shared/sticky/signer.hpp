// A secret, and what it signs with.
//
// No heap, no exceptions: nginx and the CLI both sign with it.
#pragma once

#include "shared/sticky/siphash.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace teal::sticky {

inline constexpr std::size_t kLeastSecretBytes = 16;

// A secret prepared for signing: the two SHA-256 states of HMAC after their key blocks, and the key
// of the cheaper hash that is derived from it.
class Signer {
public:
    // REQUIRES: at least one byte; RFC 2104 asks for as many as the hash has, 32.
    void set_secret(std::string_view secret);
    // HMAC-SHA256 of the message.
    void sign(const void* message, std::size_t bytes, unsigned char (&mac)[32]) const;
    // SipHash's key: the first 128 bits of the HMAC of a text that is in no cookie.
    const SipKey& sip_key() const { return sip_key_; }

private:
    struct State {
        std::uint32_t hash[8];
    };
    State inner_{};
    State outer_{};
    SipKey sip_key_{};
};

}  // namespace teal::sticky
