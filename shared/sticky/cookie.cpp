#include "shared/sticky/cookie.hpp"

#include "shared/hash/key_hash.hpp"
#include "shared/table/names.hpp"
#include "shared/text/slice.hpp"

#include <cstring>

namespace teal::sticky {
namespace {

constexpr std::size_t kMacDigits = 22;
constexpr int kMarkDigits = 4;
constexpr std::uint64_t kClockSkew_s = 60;
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kHex = "0123456789abcdef";

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

// What a character is worth as a digit; kNoDigit: nothing.
constexpr unsigned char kNoDigit = 0xff;
struct DigitValues {
    unsigned char of[256];
    explicit constexpr DigitValues(std::string_view digits) : of() {
        for (unsigned char& value : of) {
            value = kNoDigit;
        }
        for (unsigned char i = 0; i < digits.size(); ++i) {
            of[static_cast<unsigned char>(digits[i])] = i;
        }
    }
    unsigned operator()(char digit) const { return of[static_cast<unsigned char>(digit)]; }
};
constexpr DigitValues kBase64Value(kBase64Url);
constexpr DigitValues kHexValue(kHex);

// A signature's 128 bits, as two numbers: the first bit is the highest.
struct Mac {
    std::uint64_t high;
    std::uint64_t low;
};

Mac mac_of(const unsigned char* bytes) {
    std::uint64_t words[2];
    std::memcpy(words, bytes, sizeof(words));
    return {__builtin_bswap64(words[0]), __builtin_bswap64(words[1])};
}

// 128 bits as 22 base64url digits (RFC 4648, section 5, no padding): ten of 60 bits, ten of the
// next 60, two of the last 8 and four zeros.
void encode_mac(const Mac& mac, char (&digits)[kMacDigits]) {
    const std::uint64_t first = mac.high >> 4;
    const std::uint64_t second = (mac.high & 15) << 56 | mac.low >> 8;
    const std::uint64_t third = (mac.low & 0xff) << 4;
    for (unsigned i = 0; i < 10; ++i) {
        digits[i] = kBase64Url[first >> (54 - 6 * i) & 63];
        digits[10 + i] = kBase64Url[second >> (54 - 6 * i) & 63];
    }
    digits[20] = kBase64Url[third >> 6];
    digits[21] = kBase64Url[third & 63];
}

// `count` digits; every bit of a character that is none is added to `bad`.
inline std::uint64_t take_digits(const char* digits, unsigned count, unsigned& bad) {
    std::uint64_t bits = 0;
#pragma GCC unroll 10
    for (unsigned i = 0; i < count; ++i) {
        const unsigned value = kBase64Value(digits[i]);
        bad |= value;
        bits = bits << 6 | value;
    }
    return bits;
}

// False for what encode_mac does not write. REQUIRES: kMacDigits characters.
bool decode_mac(const char* digits, Mac* mac) {
    unsigned bad = 0;
    const std::uint64_t first = take_digits(digits, 10, bad);
    const std::uint64_t second = take_digits(digits + 10, 10, bad);
    const std::uint64_t third = take_digits(digits + 20, 2, bad);
    *mac = {first << 4 | second >> 56, second << 8 | third >> 4};
    return bad < 64 && (third & 15) == 0;
}

// Of version 1.
Mac sign_with_hmac(const Scope& scope, const Signer& signer, std::string_view text) {
    char message[kMaxCookieBytes + table::kSplitNameBytes + 32];
    Text bytes(message);
    bytes.add("teal sticky");
    bytes.add({"\0", 1});
    bytes.add(scope.split);
    bytes.add({"\0", 1});
    bytes.add_hex(scope.salt, 16);
    bytes.add(text);
    unsigned char whole[32];
    signer.sign(message, bytes.size(), whole);
    return mac_of(whole);
}

Mac sign_with_siphash(const Scope& scope, const Signer& signer, std::string_view text) {
    SipHash hash(signer.sip_key());
    hash.take(scope.digest != 0 ? scope.digest : scope_digest(scope.split, scope.salt));
    unsigned char mac[16];
    hash.finish(text.data(), text.size(), mac);
    return mac_of(mac);
}

// Takes the same time whichever bit is wrong.
bool is_same(const Mac& a, const Mac& b) {
    return ((a.high ^ b.high) | (a.low ^ b.low)) == 0;
}

// The signer whose signature the text bears, or scope.signer_count.
std::size_t signer_of(const Scope& scope, std::string_view text, const Mac& signature) {
    for (std::size_t i = 0; i < scope.signer_count; ++i) {
        const Signer& signer = scope.signers[i];
        if (is_same(signature, text[0] == '1' ? sign_with_hmac(scope, signer, text)
                                              : sign_with_siphash(scope, signer, text))) {
            return i;
        }
    }
    return scope.signer_count;
}

// Eight hex digits at once. REQUIRES: that they are such: of text whose signature is good.
std::uint64_t eight_hex(const char* at) {
    std::uint64_t digits = 0;
    std::memcpy(&digits, at, sizeof(digits));
    digits = (digits & 0x0f0f0f0f0f0f0f0f) + 9 * (digits >> 6 & 0x0101010101010101);
    digits = __builtin_bswap64(digits);  // the first digit is the highest now
    digits = (digits | digits >> 4) & 0x00ff00ff00ff00ff;
    digits = (digits | digits >> 8) & 0x0000ffff0000ffff;
    return (digits | digits >> 16) & 0xffffffff;
}

// Hex digits from `at` on, `most` at most; returns where they end.
const char* take_hex(const char* at, const char* end, int most, std::uint64_t* value) {
    std::uint64_t bits = 0;
    for (; most != 0 && at != end; --most, ++at) {
        const unsigned digit = kHexValue(*at);
        if (digit == kNoDigit) {
            break;
        }
        bits = bits << 4 | digit;
    }
    *value = bits;
    return at;
}

// One pass over what stands before the signature: a cookie is read for every request. An empty
// field or a character too many is no cookie of ours, whoever signed it.
bool parse(std::string_view text, Cookie& cookie) {
    const char* at = text.data() + 2;
    const char* const end = text.data() + text.size();
    const char* const name = at;
    while (at != end && *at != '.') {
        ++at;
    }
    cookie.variant = {name, static_cast<std::size_t>(at - name)};
    if (cookie.variant.empty() || cookie.variant.size() >= table::kVariantNameBytes || at == end) {
        return false;
    }
    const char* const issued = ++at;
    if (end - at > 8 && at[8] == '.') {  // until the year 2106
        cookie.issued_unix_s = eight_hex(at);
        at += 8;
    } else {
        at = take_hex(at, end, 16, &cookie.issued_unix_s);
    }
    if (at == issued || end - at < 18 || at[0] != '.' || at[17] != '.') {
        return false;
    }
    cookie.visitor = eight_hex(at + 1) << 32 | eight_hex(at + 9);
    at += 17;
    if (text[0] == '2') {
        if (++at == end || (*at != 'e' && *at != 'o')) {
            return false;
        }
        cookie.exposed = *at++ == 'e';
        while (cookie.mark_count < kMaxMarks && end - at > kMarkDigits) {
            std::uint64_t mark = 0;
            const char* const begin = at;
            at = take_hex(at, end, kMarkDigits, &mark);
            if (at - begin != kMarkDigits) {
                return false;
            }
            cookie.marks[cookie.mark_count++] = static_cast<std::uint16_t>(mark);
        }
    }
    return end - at == 1 && *at == '.';
}

}  // namespace

std::uint64_t scope_digest(std::string_view split, std::uint64_t salt) {
    return key_hash(split.data(), split.size(), salt);
}

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
    encode_mac(sign_with_siphash(scope, scope.signers[0], {text, value.size()}), digits);
    value.add({digits, kMacDigits});
    return value.size();
}

bool read_cookie(const Scope& scope, std::string_view text, std::uint64_t now_unix_s,
                 Cookie* cookie) {
    if (text.size() < kMacDigits + 2 || text.size() > kMaxCookieBytes || text[1] != '.' ||
        (text[0] != '1' && text[0] != '2')) {
        return false;
    }
    const std::string_view signed_part = first_of(text, text.size() - kMacDigits);
    Mac signature;
    if (!decode_mac(text.data() + signed_part.size(), &signature)) {
        return false;
    }
    const std::size_t signer = signer_of(scope, signed_part, signature);
    *cookie = {};
    if (signer == scope.signer_count || !parse(signed_part, *cookie) ||
        cookie->issued_unix_s > now_unix_s + kClockSkew_s ||
        now_unix_s > cookie->issued_unix_s + scope.max_age_s + kClockSkew_s) {
        return false;
    }
    cookie->is_current = signer == 0 && text[0] != '1';
    return true;
}

}  // namespace teal::sticky
