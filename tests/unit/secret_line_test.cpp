// Lines of the secret file: a secret, and the last day it is good for.
#include "shared/sticky/secret_line.hpp"
#include "tests/catch.hpp"

#include <string>

using teal::sticky::parse_secret_line;

TEST_CASE("A line is its secret, without the blanks behind it") {
    CHECK(parse_secret_line("abc \t\r").secret == "abc");
    CHECK(parse_secret_line(" \t\r").secret.empty());
    CHECK(parse_secret_line("a b expired").secret == "a b expired");
    CHECK_FALSE(parse_secret_line("abc").has_expired(~std::uint64_t{0}));
}

TEST_CASE("A secret is good to the end of its last day") {
    const auto line = parse_secret_line("abc expires 2027-01-31");
    CHECK(line.well_formed);
    CHECK(line.secret == "abc");
    CHECK(line.expires_unix_s == 1'801'440'000);  // date -u -d 2027-02-01 +%s
    CHECK_FALSE(line.has_expired(1'801'439'999));
    CHECK(line.has_expired(1'801'440'000));
    CHECK(parse_secret_line("abc expires 2028-02-29").well_formed);
}

TEST_CASE("What is no date is said to be none") {
    for (const std::string date : {"", "2027", "2027-13-01", "2027-02-29", "2027-1-1", "1969-12-31",
                                   "2027-01-31x", "-2027-01-01", "soon", "2027-01-32"}) {
        CAPTURE(date);
        CHECK_FALSE(parse_secret_line("abc expires " + date + "!").well_formed);
        CHECK((date.empty() || !parse_secret_line("abc expires " + date).well_formed));
    }
}
