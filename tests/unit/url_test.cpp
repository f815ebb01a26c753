// URLs as users write them for the smoke test.
#include "cli/health/url.hpp"

#include "tests/catch.hpp"

using teal::cli::parse_url;

TEST_CASE("a URL's parts") {
    const auto plain = parse_url("http://127.0.0.1:8080");
    REQUIRE(plain.has_value());
    CHECK_FALSE(plain->tls);
    CHECK(plain->address == "127.0.0.1:8080");
    CHECK(plain->path == "/");

    const auto whole = parse_url("https://shop.example/a/b?c=d#e");
    REQUIRE(whole.has_value());
    CHECK(whole->tls);
    CHECK(whole->host == "shop.example");
    CHECK(whole->address == "shop.example:443");
    CHECK(whole->path == "/a/b?c=d");

    const auto v6 = parse_url("http://[::1]:81/x");
    REQUIRE(v6.has_value());
    CHECK(v6->host == "[::1]");
    CHECK(v6->address == "[::1]:81");
    CHECK(parse_url("http://[::1]/")->address == "[::1]:80");
    CHECK(parse_url("http://a?b=c")->path == "/?b=c");
}

TEST_CASE("what is no URL of a server is refused") {
    for (const char* text : {"", "/healthz", "127.0.0.1:8080", "ftp://a/", "http://", "http:///a",
                             "http://a:0/", "http://a:65536/", "http://a:b/", "http://a:/",
                             "http://user@a/", "http://a b/", "http://:80/"}) {
        INFO(text);
        CHECK_FALSE(parse_url(text).has_value());
    }
}
