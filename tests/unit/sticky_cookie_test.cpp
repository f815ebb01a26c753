// The sticky cookie: its bytes (golden value computed with Python's hmac), its life, and that
// nothing but an issued text is accepted.
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
constexpr std::string_view kGolden = "1.green.65a0bc00.feedfacecafebeef.-BMfMHQVh2h-sWec-SPkPw";

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
    CHECK(cookie.first_secret);
}

TEST_CASE_METHOD(Fixture, "The longest variant name and times fit") {
    const std::string name(31, 'v');
    char text[kMaxCookieBytes];
    const std::size_t bytes = write_cookie(scope, {name, ~std::uint64_t{0}, 1}, text);
    CHECK(bytes <= kMaxCookieBytes);
}

TEST_CASE_METHOD(Fixture, "Every changed, added or dropped character voids a cookie") {
    const std::string good(kGolden);
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
    CHECK_FALSE(cookie.first_secret);
}
