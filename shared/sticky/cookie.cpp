// The low-level SHA-256 calls are used on purpose: HMAC() and EVP_MAC look the algorithm up and
// allocate on every call, several microseconds on the request path. They are marked deprecated
// since OpenSSL 3.0 but are there in all of 1.1, 3.x and BoringSSL.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "shared/sticky/cookie.hpp"

#include "shared/hash/key_hash.hpp"
#include "shared/table/names.hpp"
#include "shared/text/slice.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <cstring>

namespace teal::sticky {
namespace {

constexpr std::size_t kBlockBytes = 64;
constexpr std::size_t kMacBytes = 16;
constexpr std::size_t kMacDigits = 22;
constexpr std::size_t kMarkDigits = 4;
constexpr std::uint64_t kClockSkew_s = 60;
constexpr char kBase64Url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kHex = "0123456789abcdef";

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

class Text {
public:
    explicit Text(char* begin) : begin_(begin), end_(begin) {}
    void add(std::string_view piece) {
        std::memcpy(end_, piece.data(), piece.size());
        end_ += piece.size();
    }
    void add_hex(std::uint64_t value, int least_digits) {
        char digits[16];
        int count = 0;
        while (value != 0 || count < least_digits) {
            digits[15 - count++] = kHex[value & 15];
            value >>= 4;
        }
        add({digits + 16 - count, static_cast<std::size_t>(count)});
    }
    std::size_t size() const { return static_cast<std::size_t>(end_ - begin_); }

private:
    char* begin_;
    char* end_;
};

// 128 bits as 22 base64url digits (RFC 4648, section 5, no padding).
void encode_mac(const unsigned char* mac, char (&digits)[kMacDigits]) {
    std::uint32_t bits = 0;
    int held = 0;
    std::size_t at = 0;
    for (std::size_t i = 0; i < kMacBytes; ++i) {
        bits = bits << 8 | mac[i];
        held += 8;
        while (held >= 6) {
            held -= 6;
            digits[at++] = kBase64Url[bits >> held & 63];
        }
    }
    digits[at] = kBase64Url[bits << (6 - held) & 63];
}

void sign_text(const Scope& scope, const Signer& signer, std::string_view text,
               char (&digits)[kMacDigits]) {
    char message[kMaxCookieBytes + table::kSplitNameBytes + 32];
    Text bytes(message);
    bytes.add("teal sticky");
    bytes.add({"\0", 1});
    bytes.add(scope.split);
    bytes.add({"\0", 1});
    bytes.add_hex(scope.salt, 16);
    bytes.add(text);
    unsigned char mac[32];
    signer.sign(message, bytes.size(), mac);
    encode_mac(mac, digits);
}

bool parse_hex(std::string_view text, std::uint64_t& value) {
    if (text.empty() || text.size() > 16) {
        return false;
    }
    value = 0;
    for (const char c : text) {
        const std::size_t digit = kHex.find(c);
        if (digit == std::string_view::npos) {
            return false;
        }
        value = value << 4 | digit;
    }
    return true;
}

// "e" or "o", then the goals' marks.
bool parse_part(std::string_view text, Cookie& cookie) {
    if (text.empty() || (text[0] != 'e' && text[0] != 'o') ||
        (text.size() - 1) % kMarkDigits != 0 || text.size() - 1 > kMaxMarks * kMarkDigits) {
        return false;
    }
    cookie.exposed = text[0] == 'e';
    for (std::size_t at = 1; at < text.size(); at += kMarkDigits) {
        std::uint64_t mark = 0;
        if (!parse_hex(first_of(rest_of(text, at), kMarkDigits), mark)) {
            return false;
        }
        cookie.marks[cookie.mark_count++] = static_cast<std::uint16_t>(mark);
    }
    return true;
}

bool parse(std::string_view text, Cookie& cookie) {
    const std::string_view version = take_until(text, '.');
    return (version == "1" || version == "2") &&
           table::is_variant_name(cookie.variant = take_until(text, '.')) &&
           parse_hex(take_until(text, '.'), cookie.issued_unix_s) &&
           parse_hex(take_until(text, '.'), cookie.visitor) &&
           (version == "1" || parse_part(take_until(text, '.'), cookie)) && text.empty();
}

}  // namespace

std::uint16_t goal_mark(std::string_view goal) {
    return static_cast<std::uint16_t>(key_hash(goal.data(), goal.size(), 0));
}

bool Cookie::has_mark(std::uint16_t mark) const {
    for (std::size_t i = 0; i < mark_count; ++i) {
        if (marks[i] == mark) {
            return true;
        }
    }
    return false;
}

void Cookie::add_mark(std::uint16_t mark) {
    if (mark_count == kMaxMarks) {
        std::memmove(marks, marks + 1, sizeof(marks) - sizeof(marks[0]));
        --mark_count;
    }
    marks[mark_count++] = mark;
}

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

std::size_t write_cookie(const Scope& scope, const Cookie& cookie, char (&text)[kMaxCookieBytes]) {
    Text value(text);
    value.add("2.");
    value.add(cookie.variant);
    value.add(".");
    value.add_hex(cookie.issued_unix_s, 1);
    value.add(".");
    value.add_hex(cookie.visitor, 16);
    value.add(cookie.exposed ? ".e" : ".o");
    for (std::size_t i = 0; i < cookie.mark_count; ++i) {
        value.add_hex(cookie.marks[i], kMarkDigits);
    }
    value.add(".");
    char digits[kMacDigits];
    sign_text(scope, scope.signers[0], {text, value.size()}, digits);
    value.add({digits, kMacDigits});
    return value.size();
}

bool read_cookie(const Scope& scope, std::string_view text, std::uint64_t now_unix_s,
                 Cookie* cookie) {
    if (text.size() <= kMacDigits || text.size() > kMaxCookieBytes) {
        return false;
    }
    const std::string_view signed_part = first_of(text, text.size() - kMacDigits);
    const std::string_view signature = rest_of(text, text.size() - kMacDigits);
    Cookie read;
    const bool well_formed = signed_part.back() == '.' && parse(signed_part, read);
    if (!well_formed || read.issued_unix_s > now_unix_s + kClockSkew_s ||
        now_unix_s > read.issued_unix_s + scope.max_age_s + kClockSkew_s) {
        return false;
    }
    for (std::size_t i = 0; i < scope.signer_count; ++i) {
        char digits[kMacDigits];
        sign_text(scope, scope.signers[i], signed_part, digits);
        if (CRYPTO_memcmp(digits, signature.data(), kMacDigits) == 0) {
            read.first_secret = i == 0;
            *cookie = read;
            return true;
        }
    }
    return false;
}

}  // namespace teal::sticky
