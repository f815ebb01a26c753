// The sticky cookie: its bytes (golden values computed with Python's hmac and OpenSSL's SipHash),
// its life, and that nothing but an issued text is accepted.
#include "shared/sticky/cookie.hpp"
#include "tests/catch.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace teal::sticky;

namespace {

constexpr std::uint64_t kNow = 0x65a0bc00;
constexpr std::uint64_t kMonth = 30 * 86'400;
// As Teal wrote them before it counted visitors; still accepted.
constexpr std::string_view kVersion1 = "1.green.65a0bc00.feedfacecafebeef.-BMfMHQVh2h-sWec-SPkPw";
constexpr std::string_view kGolden = "2.green.65a0bc00.feedfacecafebeef.o.WY3b_CfroBCfXPZQBy1B4Q";
constexpr std::string_view kCounted =
    "2.green.65a0bc00.feedfacecafebeef.e00ffbeef.KAxQFnlLZRHiC0u-el-BXA";

Signer signer_of(std::string_view secret) {
    Signer signer;
    signer.set_secret(secret);
    return signer;
}

struct Fixture {
    std::vector<Signer> signers = {signer_of("0123456789abcdef0123456789abcdef"),
                                   signer_of("the secret that was used before it")};
    Scope scope{"app", 0x1234567890abcdef, signers.data(), signers.size(), kMonth};

    std::string issue(const Scope& by) const {
        char text[kMaxCookieBytes];
        const std::size_t bytes = write_cookie(by, {"green", kNow, 0xfeedfacecafebeef}, text);
        return {text, bytes};
    }
    bool accepts(std::string_view text, std::uint64_t now = kNow) const {
        Cookie cookie;
        return read_cookie(scope, text, now, &cookie);
    }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "A cookie is written as the golden one") {
    CHECK(issue(scope) == kGolden);
}

TEST_CASE_METHOD(Fixture, "A cookie brings back what was put in") {
    Cookie cookie;
    REQUIRE(read_cookie(scope, kGolden, kNow + 5, &cookie));
    CHECK(cookie.variant == "green");
    CHECK(cookie.issued_unix_s == kNow);
    CHECK(cookie.visitor == 0xfeedfacecafebeef);
    CHECK(cookie.is_current);
    CHECK_FALSE(cookie.exposed);
    CHECK(cookie.mark_count == 0);
}

TEST_CASE_METHOD(Fixture, "A counted visitor's cookie remembers the goals he has reached") {
    Cookie cookie;
    cookie.variant = "green";
    cookie.issued_unix_s = kNow;
    cookie.visitor = 0xfeedfacecafebeef;
    cookie.exposed = true;
    cookie.add_mark(0x00ff);
    cookie.add_mark(0xbeef);
    char text[kMaxCookieBytes];
    const std::size_t bytes = write_cookie(scope, cookie, text);
    CHECK(std::string_view(text, bytes) == kCounted);
    Cookie read;
    REQUIRE(read_cookie(scope, kCounted, kNow, &read));
    CHECK(read.exposed);
    CHECK(read.mark_count == 2);
    CHECK(read.has_mark(0x00ff));
    CHECK(read.has_mark(0xbeef));
    CHECK_FALSE(read.has_mark(0));
}

TEST_CASE("The ninth goal makes a cookie forget the first") {
    Cookie cookie;
    for (std::uint16_t mark = 1; mark <= 9; ++mark) {
        cookie.add_mark(mark);
    }
    CHECK(cookie.mark_count == kMaxMarks);
    CHECK_FALSE(cookie.has_mark(1));
    CHECK(cookie.has_mark(2));
    CHECK(cookie.has_mark(9));
}

TEST_CASE("A goal's mark is the same for good") {
    CHECK(goal_mark("signup") == 0xeb63);
    CHECK(goal_mark("purchase") == 0x2269);
}

TEST_CASE_METHOD(Fixture, "A cookie of version 1 is accepted, as that of a visitor not counted") {
    Cookie cookie;
    REQUIRE(read_cookie(scope, kVersion1, kNow, &cookie));
    CHECK(cookie.variant == "green");
    CHECK(cookie.visitor == 0xfeedfacecafebeef);
    CHECK_FALSE(cookie.exposed);
    CHECK(cookie.mark_count == 0);
}

TEST_CASE_METHOD(Fixture, "The longest variant name and times fit") {
    const std::string name(31, 'v');
    Cookie cookie{name, ~std::uint64_t{0}, 1};
    for (std::uint16_t mark = 0; mark < kMaxMarks; ++mark) {
        cookie.add_mark(mark);
    }
    char text[kMaxCookieBytes];
    CHECK(write_cookie(scope, cookie, text) <= kMaxCookieBytes);
}

TEST_CASE_METHOD(Fixture, "Every changed, added or dropped character voids a cookie") {
    const std::string good(GENERATE(kVersion1, kGolden, kCounted));
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (int byte = 0; byte < 256; ++byte) {
            std::string changed = good;
            changed[at] = static_cast<char>(byte);
            if (changed != good && accepts(changed)) {
                FAIL("accepted " << changed);
            }
            std::string longer = good;
            longer.insert(at, 1, static_cast<char>(byte));
            if (accepts(longer)) {
                FAIL("accepted " << longer);
            }
        }
        std::string shorter = good;
        shorter.erase(at, 1);
        CHECK_FALSE(accepts(shorter));
        CHECK_FALSE(accepts(good.substr(0, at)));
    }
    CHECK(accepts(good));  // the same check does accept the cookie itself
}

TEST_CASE_METHOD(Fixture,
                 "A cookie is good from a minute before its issue to a minute after its age") {
    CHECK(accepts(kGolden, kNow - 60));
    CHECK_FALSE(accepts(kGolden, kNow - 61));
    CHECK(accepts(kGolden, kNow + kMonth + 60));
    CHECK_FALSE(accepts(kGolden, kNow + kMonth + 61));
}

TEST_CASE_METHOD(Fixture, "A cookie that never ages is accepted") {
    scope.max_age_s = ~std::uint64_t{0};
    CHECK(accepts(kGolden, kNow + 1));
}

TEST_CASE_METHOD(Fixture, "A cookie of another split, salt or secret is worth nothing") {
    Scope other = scope;
    other.split = "api";
    CHECK_FALSE(accepts(issue(other)));
    other = scope;
    other.salt = 1;
    CHECK_FALSE(accepts(issue(other)));
    const Signer stranger = signer_of("ffffffffffffffffffffffffffffffff");
    other = scope;
    other.signers = &stranger;
    CHECK_FALSE(accepts(issue(other)));
}

TEST_CASE_METHOD(Fixture, "A cookie of the secret before is accepted and marked for renewal") {
    Scope before = scope;
    before.signers = &signers[1];
    before.signer_count = 1;
    Cookie cookie;
    REQUIRE(read_cookie(scope, issue(before), kNow, &cookie));
    CHECK_FALSE(cookie.is_current);
}

TEST_CASE_METHOD(Fixture, "A scope whose digest was made before accepts the same cookies") {
    Scope prepared = scope;
    prepared.digest = scope_digest(scope.split, scope.salt);
    Cookie cookie;
    CHECK(issue(prepared) == kGolden);
    CHECK(read_cookie(prepared, kGolden, kNow, &cookie));
    prepared.digest += 1;
    CHECK_FALSE(read_cookie(prepared, kGolden, kNow, &cookie));
}

TEST_CASE_METHOD(Fixture, "Visitors, goals and times of every kind come back as they were") {
    for (const std::uint64_t visitor : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0},
                                        std::uint64_t{0x9f00aa55c3e1b207}}) {
        for (const std::uint64_t issued : {std::uint64_t{0xfffffff}, kNow,
                                           std::uint64_t{0xffffffff}, std::uint64_t{0x100000000}}) {
            Cookie cookie{"v-1", issued, visitor, true, true};
            cookie.add_mark(static_cast<std::uint16_t>(visitor));
            char text[kMaxCookieBytes];
            const std::size_t bytes = write_cookie(scope, cookie, text);
            Cookie read;
            REQUIRE(read_cookie(scope, {text, bytes}, issued, &read));
            CHECK(read.issued_unix_s == issued);
            CHECK(read.visitor == visitor);
            CHECK(read.has_mark(static_cast<std::uint16_t>(visitor)));
        }
    }
}

TEST_CASE_METHOD(Fixture,
                 "A text signed with our secret is still no cookie when its form is wrong") {
    const auto sealed = [&](std::string text) {  // as write_cookie seals: through a good cookie
        SipHash hash(signers[0].sip_key());
        hash.take(scope_digest(scope.split, scope.salt));
        unsigned char mac[16];
        text.reserve(text.size() + 32);
        hash.finish(text.data(), text.size(), mac);
        std::string digits;
        for (int bit = 0; bit < 132; bit += 6) {
            unsigned value = 0;
            for (int i = bit; i < bit + 6; ++i) {
                value = value << 1 | (i < 128 ? mac[i / 8] >> (7 - i % 8) & 1u : 0u);
            }
            digits += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[value];
        }
        return text + digits;
    };
    REQUIRE(accepts(sealed("2.green.65a0bc00.feedfacecafebeef.e00ff.")));
    for (const char* wrong :
         {"2.green.65a0bc00.feedfacecafebeef.e00f.", "2.green.65a0bc00.feedfacecafebeef.x.",
          "2.green.65a0bc00.feedfacecafebeef..", "2.green.65a0bc00.feedfacecafebeef.e00ff",
          "2.green.65a0bc00.feedfacecafebeef.e00ff.x.", "2..65a0bc00.feedfacecafebeef.e.",
          "2.green..feedfacecafebeef.e.", "2.green.65a0bc00.feedface.e.",
          "2.green.65a0bc00.feedfacecafebeef.", "2.green.65a0bc00.", "2.green", "2.", "2",
          "2.green.65a0bc00.feedfacecafebeef.e0001000200030004000500060007000800090.",
          "2.a-variant-name-longer-than-it-may-be.65a0bc00.feedfacecafebeef.e."}) {
        CAPTURE(wrong);
        CHECK_FALSE(accepts(sealed(wrong)));
    }
}
