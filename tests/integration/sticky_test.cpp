// Visitors who keep their variant: the cookie, what makes it good and what makes it worthless.
#include <sys/stat.h>

#include <ctime>
#include <fstream>
#include <string>

#include "shared/sticky/cookie.hpp"
#include "tests/integration/site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr char kSecret[] = "0123456789abcdef0123456789abcdef";
constexpr char kNewSecret[] = "fedcba9876543210fedcba9876543210";

void write_secret(const ControlPlane& control, const std::string& text, mode_t mode = 0600) {
    const std::string path = control.directory + "/secret";
    std::ofstream(path, std::ios::trunc) << text;
    ::chmod(path.c_str(), mode);
}

SiteOptions sticky_options() {
    return {.rules = "key $arg_key; pin $http_x_pin; sticky teal_app 1h;\n",
            .start = false,
            .publish = true};
}

// The site of these tests, with its secret in place.
struct StickySite : Site {
    explicit StickySite(SiteOptions options = sticky_options()) : Site(options) {
        write_secret(control, std::string(kSecret) + "\n");
        nginx.start();
    }
    // The cookie of a new visitor, as "teal_app=…".
    std::string cookie(const std::string& target = "/") const {
        return get(target).headers.cookie("teal_app");
    }
    std::string with(const std::string& cookie, const std::string& target = "/") const {
        return decided(target, {{"Cookie", cookie}});
    }
};

// A cookie written with our own code, to vary what a visitor could vary.
std::string forged(const std::string& secret, const std::string& split, std::uint64_t salt,
                   const std::string& variant, std::int64_t age_s) {
    sticky::Signer signer;
    signer.set_secret(secret);
    const sticky::Scope scope{split, salt, &signer, 1, 3600};
    sticky::Cookie cookie;
    cookie.variant = variant;
    cookie.issued_unix_s = static_cast<std::uint64_t>(std::time(nullptr) - age_s);
    cookie.visitor = 42;
    char text[sticky::kMaxCookieBytes];
    return "teal_app=" + std::string(text, sticky::write_cookie(scope, cookie, text));
}

constexpr std::uint64_t kSalt = 0x7ea1;  // of publish_app

}  // namespace

TEST_CASE("a visitor gets one cookie and keeps the variant whatever the weights become",
          "[sticky]") {
    StickySite site;
    const auto answer = site.get("/");
    const auto set = answer.headers.all("Set-Cookie");
    REQUIRE(set.size() == 1);
    CHECK_THAT(set[0], ContainsSubstring("; Max-Age=3600; Path=/; HttpOnly; SameSite=lax"));
    const std::string blue = site.cookie();

    site.control.set("app", {{"blue", 1}, {"green", 99}});
    CHECK(site.with(blue) == "blue sticky");
    CHECK_FALSE(site.get("/", {{"Cookie", blue}}).headers.has("Set-Cookie"));
    CHECK(site.with("other=1; " + blue + "; another=2") == "blue sticky");
    CHECK(site.decided("/", {{"Cookie", "other=1"}, {"Cookie", blue}}) == "blue sticky");
    // A pin is for testers: it neither uses nor gives a cookie.
    CHECK(site.decided("/", {{"Cookie", blue}, {"X-Pin", "green"}}) == "green pin");
    CHECK_FALSE(site.get("/", {{"X-Pin", "green"}}).headers.has("Set-Cookie"));
}

TEST_CASE("the cookie holds while the variant may have visitors, and no longer", "[sticky]") {
    StickySite site;
    const std::string blue = site.cookie();
    site.control.set("app", {{"blue", 0}, {"green", 100}});
    CHECK(site.with(blue) == "green only");  // 0 % is nobody
    CHECK(site.get("/", {{"Cookie", blue}}).headers.has("Set-Cookie"));
    site.control.set_state("app", "blue", table::VariantState::draining);
    CHECK(site.with(blue) == "blue sticky");
    CHECK(site.decided() == "green only");
    site.control.set_state("app", "blue", table::VariantState::closed);
    CHECK(site.with(blue) == "green only");
    site.control.set_state("app", "blue", table::VariantState::open);
    site.control.set("app", {{"blue", 100}, {"green", 0}});
    CHECK(site.with(blue) == "blue sticky");
}

TEST_CASE("a cookie that Teal did not give is worth nothing", "[sticky]") {
    StickySite site;
    site.control.set("app", {{"blue", 100}, {"green", 0}});
    site.control.set_state("app", "green", table::VariantState::draining);
    REQUIRE(site.with(forged(kSecret, "app", kSalt, "green", 10)) == "green sticky");
    CHECK(site.with(forged(kNewSecret, "app", kSalt, "green", 10)) == "blue only");
    CHECK(site.with(forged(kSecret, "api", kSalt, "green", 10)) == "blue only");
    CHECK(site.with(forged(kSecret, "app", kSalt + 1, "green", 10)) == "blue only");
    CHECK(site.with(forged(kSecret, "app", kSalt, "red", 10)) == "blue only");
    CHECK(site.with(forged(kSecret, "app", kSalt, "green", 3700)) == "blue only");
    CHECK(site.with(forged(kSecret, "app", kSalt, "green", -3600)) == "blue only");

    const std::string good = forged(kSecret, "app", kSalt, "green", 10);
    HttpConnection client(site.front());
    for (std::size_t i = 9; i < good.size(); ++i) {
        std::string damaged = good;
        damaged[i] = damaged[i] == 'x' ? 'y' : 'x';
        CAPTURE(damaged);
        CHECK(client.get("/", {{"Cookie", damaged}}).headers.get("X-Variant") == "blue");
        CHECK(client.get("/", {{"Cookie", good.substr(0, i)}}).headers.get("X-Variant") == "blue");
    }
    for (const std::string text : {"", "=", ".", "1....", "1.green.0.0.", "\x7f\xff\x80"}) {
        CHECK(client.get("/", {{"Cookie", "teal_app=" + text}}).headers.get("X-Variant") == "blue");
    }
    CHECK(client.get("/", {{"Cookie", "teal_app=" + std::string(6000, '.')}})
              .headers.get("X-Variant") == "blue");
}

TEST_CASE("an old cookie is given anew, and a secret can be replaced without losing anybody",
          "[sticky]") {
    StickySite site;
    site.control.set("app", {{"blue", 90}, {"green", 10}});
    const auto fresh = site.get("/", {{"Cookie", forged(kSecret, "app", kSalt, "green", 100)}});
    CHECK_FALSE(fresh.headers.has("Set-Cookie"));
    const auto old = site.get("/", {{"Cookie", forged(kSecret, "app", kSalt, "green", 2000)}});
    CHECK(old.headers.get("X-Reason") == "sticky");
    CHECK(site.with(old.headers.cookie("teal_app")) == "green sticky");

    const std::string by_old_secret = forged(kSecret, "app", kSalt, "green", 10);
    write_secret(site.control, std::string(kNewSecret) + "\n" + kSecret + "\n");
    site.nginx.reload();
    const auto renewed = site.get("/", {{"Cookie", by_old_secret}});
    CHECK(renewed.headers.get("X-Reason") == "sticky");
    const std::string by_new_secret = renewed.headers.cookie("teal_app");
    REQUIRE_FALSE(by_new_secret.empty());
    write_secret(site.control, std::string(kNewSecret) + "\n");
    site.nginx.reload();
    CHECK(site.with(by_new_secret) == "green sticky");
    CHECK_THAT(site.with(by_old_secret), ContainsSubstring(" key"));
}

TEST_CASE("a tripped canary gives no cookie, and does not take one away", "[sticky][guard]") {
    StickySite site;
    site.control.apply([](table::TableImage& image) {
        auto& app = *image.find("app");
        app.find("blue")->weight_ppm = 0;
        app.find("green")->weight_ppm = 1'000'000;
        app.guard.armed = 1;
        app.guard.canary = 1;
    });
    const std::string green = site.cookie();
    counters::File file = site.control.counters_file(Access::read_write);
    file.split(counters::find_split(file, "app")).tripped = site.control.generation();
    const auto answer = site.get("/", {{"Cookie", green}});
    CHECK(answer.headers.get("X-Reason") == "tripped");
    CHECK(answer.headers.get("X-Served-By") == "blue");
    CHECK_FALSE(answer.headers.has("Set-Cookie"));
}

TEST_CASE("the cookie's attributes are those asked for", "[sticky]") {
    auto options = sticky_options();
    options.rules = "sticky teal_app 30d secure samesite=strict domain=example.org;\n";
    StickySite site(options);
    const auto set = site.get("/").headers.get("Set-Cookie");
    CHECK_THAT(set, ContainsSubstring("; Max-Age=2592000; Path=/; HttpOnly"));
    CHECK_THAT(set, ContainsSubstring("; Secure"));
    CHECK_THAT(set, ContainsSubstring("; SameSite=strict"));
    CHECK_THAT(set, ContainsSubstring("; Domain=example.org"));
}

TEST_CASE("error answers and answers of subrequests carry the cookie once", "[sticky]") {
    auto options = sticky_options();
    options.server =
        "location /guarded { auth_request /auth; proxy_pass http://app; }\n"
        "location = /auth { internal; proxy_pass http://app; }\n";
    StickySite site(options);
    CHECK(site.get("/guarded").headers.all("Set-Cookie").size() == 1);
    CHECK(site.get("/status/503").headers.all("Set-Cookie").size() == 1);
}

TEST_CASE("nginx -t names a secret that is missing, open to others or too short", "[sticky]") {
    Site site(sticky_options());
    const std::string path = site.control.directory + "/secret";
    const auto refusal = [&] {
        const auto result = site.nginx.test_config();
        CHECK(result.code == 1);
        CHECK_THAT(result.output, ContainsSubstring("\"" + path + "\""));
        return result.output;
    };
    site.nginx.expect_log("sticky cookies need a secret");
    CHECK_THAT(refusal(), ContainsSubstring("No such file"));
    write_secret(site.control, kSecret, 0644);
    CHECK_THAT(refusal(), ContainsSubstring("read or written by others"));
    write_secret(site.control, "short\n");
    CHECK_THAT(refusal(), ContainsSubstring("less than 16 bytes"));
    write_secret(site.control, std::string(kSecret) + " expires 2020-02-29\n");
    CHECK_THAT(refusal(), ContainsSubstring("has expired: write a new secret above"));
    write_secret(site.control, std::string(kSecret) + " expires soon\n");
    CHECK_THAT(refusal(), ContainsSubstring("without a date"));
    write_secret(site.control, "\n\n");
    CHECK_THAT(refusal(), ContainsSubstring("no secret"));
    write_secret(site.control, kSecret);
    CHECK(site.nginx.test_config().code == 0);
    // An old secret that has expired behind a good one is no error: it is what a date is for.
    write_secret(site.control, std::string(kNewSecret) + " expires 2999-12-31\n" + kSecret +
                                   " expires 2020-02-29\n");
    CHECK(site.nginx.test_config().code == 0);
}
