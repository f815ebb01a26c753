// Cookies of any content: the parser does not crash, and nothing is honoured that was not issued.
//
// The first byte chooses: even, the rest is the cookie; odd, the rest are edits (position, byte) of
// an issued one, because random text never gets near a signature.
#include "shared/sticky/cookie.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

using namespace teal::sticky;

namespace {

constexpr std::uint64_t kNow = 0x65a0bc00;

struct Issuer {
    Issuer() {
        signers[0].set_secret("0123456789abcdef0123456789abcdef");
        signers[1].set_secret("the secret that was used before it");
        for (const std::string_view variant :
             {"green", "blue", "a-very-long-variant-name_of_31b"}) {
            for (std::size_t first = 0; first < 2; ++first) {
                Scope by = scope;
                by.signers = signers + first;
                issue(by, {variant, kNow, 0xfeedfacecafebeef}, 0);
            }
        }
        // Of counted visitors, with every number of goals.
        for (std::uint16_t marks = 0; marks <= kMaxMarks; ++marks) {
            issue(scope, {"green", kNow, 7, true, true}, marks);
        }
        issued.emplace_back("1.green.65a0bc00.feedfacecafebeef.-BMfMHQVh2h-sWec-SPkPw");
    }

    void issue(const Scope& by, Cookie cookie, std::uint16_t marks) {
        for (std::uint16_t mark = 0; mark < marks; ++mark) {
            cookie.add_mark(static_cast<std::uint16_t>(mark * 0x1357));
        }
        char text[kMaxCookieBytes];
        issued.emplace_back(text, write_cookie(by, cookie, text));
    }

    Signer signers[2];
    Scope scope{"app", 0x1234567890abcdef, signers, 2, 30 * 86'400};
    std::vector<std::string> issued;
};

std::string cookie_of(const Issuer& issuer, const std::uint8_t* data, std::size_t size) {
    if (data[0] % 2 == 0) {
        return {reinterpret_cast<const char*>(data) + 1, size - 1};
    }
    std::string text = issuer.issued[data[0] / 2 % issuer.issued.size()];
    for (std::size_t at = 1; at + 2 <= size; at += 2) {
        text[data[at] % text.size()] = static_cast<char>(data[at + 1]);
    }
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Issuer issuer;
    if (size == 0) {
        return 0;
    }
    const std::string text = cookie_of(issuer, data, size);
    const bool was_issued =
        std::find(issuer.issued.begin(), issuer.issued.end(), text) != issuer.issued.end();
    Cookie cookie;
    if (read_cookie(issuer.scope, text, kNow, &cookie) != was_issued) {
        std::abort();
    }
    // What is honoured says again what it said; of another salt it would not be honoured at all.
    Scope other = issuer.scope;
    other.salt ^= 1;
    Cookie never;
    if (read_cookie(other, text, kNow, &never) || cookie.mark_count > kMaxMarks) {
        std::abort();
    }
    if (was_issued && cookie.is_current && text[0] == '2') {
        char again[kMaxCookieBytes];
        const std::size_t bytes = write_cookie(issuer.scope, cookie, again);
        if (std::string_view(again, bytes) != text) {
            std::abort();
        }
    }
    return 0;
}
