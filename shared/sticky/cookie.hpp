// The cookie that keeps a visitor on a variant. It is signed, so that nobody can put himself on a
// variant of his choice, and carries a version, so that its meaning can grow.
//
//   2.<variant>.<issued>.<visitor>.<part><goals>.<signature>
//   1.<variant>.<issued>.<visitor>.<signature>                   (accepted, no longer written)
//
// issued: Unix seconds, hex. visitor: the 64-bit hash of the visitor's key when the cookie was
// first given, hex, 16 digits. part: "e" when the visitor was counted as exposed to the split's
// experiment, "o" when not (the ring had one variant only, or the visitor was moved): then goals
// are not counted either, and of version 1 never. goals: four hex digits for each goal the visitor
// has reached, goal_mark() of its name, at most 8. signature: 128 bits over the split's salt, its
// name and everything before the signature, base64url, 22 digits: of version 2 SipHash-2-4 with a
// key derived from the secret, of version 1 the first half of HMAC-SHA256 (RFC 2104, FIPS 198-1).
// With the split and salt signed along, a cookie is worth nothing on another split or after the
// split's salt was changed.
//
// No heap, no exceptions; the same code runs in nginx and in `teal traffic explain`.
#pragma once

#include "shared/sticky/signer.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace teal::sticky {

inline constexpr std::size_t kMaxCookieBytes = 128;
inline constexpr std::size_t kMaxMarks = 8;

// What a cookie remembers a goal by. Two goals of one split must not have the same.
std::uint16_t goal_mark(std::string_view goal);

// Split and salt as one word: two that share it are as likely as two visitors whose keys fall on
// one point, and nobody but the operator chooses them. Made once for a split, not for each request.
std::uint64_t scope_digest(std::string_view split, std::uint64_t salt);

// What a cookie is good for: which split, and how its secrets are numbered. The first signer
// signs; all of them are accepted, so that a secret can be replaced without losing anybody.
struct Scope {
    std::string_view split;
    std::uint64_t salt = 0;
    const Signer* signers = nullptr;
    std::size_t signer_count = 0;
    std::uint64_t max_age_s = 0;
    std::uint64_t digest = 0;  // scope_digest() of split and salt; 0: made when it is needed
};

struct Cookie {
    std::string_view variant;  // points into the text that was read
    std::uint64_t issued_unix_s = 0;
    std::uint64_t visitor = 0;
    bool is_current = true;  // false: of an older secret or version, to be given anew
    bool exposed = false;    // the visitor was counted in the split's experiment
    std::uint8_t mark_count = 0;
    std::uint16_t marks[kMaxMarks] = {};  // of goals that were counted

    bool has_mark(std::uint16_t mark) const;
    // Of more than kMaxMarks the oldest is forgotten.
    void add_mark(std::uint16_t mark);
};

// Writes the cookie's value; returns its length. REQUIRES: a valid variant name.
std::size_t write_cookie(const Scope& scope, const Cookie& cookie, char (&text)[kMaxCookieBytes]);

// `cookie` gets what it says; what it holds otherwise is not said.
// True when the text is a cookie of this scope with a good signature, not older than max_age_s and
// not from the future (beyond a minute of clock difference). Takes the same time whichever byte of
// the signature is wrong.
bool read_cookie(const Scope& scope, std::string_view text, std::uint64_t now_unix_s,
                 Cookie* cookie);

}  // namespace teal::sticky
