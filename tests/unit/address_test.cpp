// Endpoint addresses as people write them, and the sentences for those that are none.
#include "shared/table/writing/address.hpp"
#include "tests/catch.hpp"

#include <string>
#include <string_view>

using namespace teal::table;

namespace {

std::string canonical(std::string_view text) {
    std::string error;
    const auto endpoint = parse_endpoint(text, error);
    return endpoint ? std::string(text_of(*endpoint)) : "refused: " + error;
}

bool is_refused(std::string_view text) {
    return canonical(text).starts_with("refused: ");
}

}  // namespace

TEST_CASE("Addresses get the text that nginx logs") {
    CHECK(canonical("127.0.0.1:8101") == "127.0.0.1:8101");
    CHECK(canonical("[::1]:80") == "[::1]:80");
    CHECK(canonical("[2001:0DB8:0:0::0001]:443") == "[2001:db8::1]:443");
    CHECK(canonical("[::ffff:192.0.2.1]:1") == "[::ffff:192.0.2.1]:1");
    CHECK(canonical("10.0.0.1:065") == "10.0.0.1:65");
    CHECK(canonical("unix:/run/app.sock") == "unix:/run/app.sock");
    CHECK(canonical("unix:/run/with:colon.sock") == "unix:/run/with:colon.sock");
}

TEST_CASE("An address says what it lacks") {
    CHECK(canonical("127.0.0.1") == "refused: the port is missing, write ADDRESS:PORT");
    CHECK(canonical("127.0.0.1:0") == "refused: the port must be a number from 1 to 65535");
    CHECK(canonical("127.0.0.1:65536") == "refused: the port must be a number from 1 to 65535");
    CHECK(canonical("2001:db8::1:80") ==
          "refused: an IPv6 address needs brackets, as in [::1]:8080");
    CHECK(canonical("localhost:80") ==
          "refused: not an IP address (host names are not resolved, give the address)");
    CHECK(canonical("[::g]:80") == "refused: not an IPv6 address");
    CHECK(canonical("unix:run/app.sock") ==
          "refused: a unix socket needs an absolute path, as in unix:/run/app.sock");
}

TEST_CASE("What is nearly an address is refused") {
    for (const std::string_view text : {"",
                                        ":",
                                        ":80",
                                        "[]:80",
                                        "[::1]",
                                        "[::1]80",
                                        "[127.0.0.1]:80",
                                        "127.0.0.1:",
                                        "127.0.0.1:+1",
                                        "127.0.0.1:-1",
                                        "127.0.0.1: 80",
                                        " 127.0.0.1:80",
                                        "127.0.0.1:80 ",
                                        "127.0.0.1:8o",
                                        "127.1:80",
                                        "127.0.0.256:80",
                                        "0x7f.0.0.1:80",
                                        "[fe80::1%eth0]:80",
                                        "unix:",
                                        "unix:x",
                                        "http://127.0.0.1:80",
                                        "127.0.0.1:80/"}) {
        CAPTURE(text);
        CHECK(is_refused(text));
    }
}

TEST_CASE("Control characters are refused, they would cut a path or forge a log line") {
    using namespace std::string_view_literals;
    CHECK(is_refused("127.0.0.1\0.example.org:80"sv));
    CHECK(is_refused("[::1\0]:80"sv));
    CHECK(is_refused("unix:/run/a\0b"sv));
    CHECK(is_refused("unix:/run/a\nb"sv));
}

TEST_CASE("A socket's path may have 107 bytes and no more") {
    const std::string longest = "/" + std::string(106, 's');
    CHECK(canonical("unix:" + longest) == "unix:" + longest);
    CHECK(canonical("unix:" + longest + "s") ==
          "refused: the socket's path is longer than 107 bytes");
}
