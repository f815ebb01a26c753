#include "cli/traffic/percent.hpp"

#include "tests/catch.hpp"

#include <string>

using teal::cli::parse_percent;
using teal::cli::percent_text;

namespace {

std::string why_not(const std::string& text) {
    std::string error;
    return parse_percent(text, error) ? "accepted" : error;
}

}  // namespace

TEST_CASE("percent is read exactly, to a ten-thousandth") {
    std::string error;
    CHECK(parse_percent("0", error) == 0u);
    CHECK(parse_percent("100", error) == 1'000'000u);
    CHECK(parse_percent("0.0001", error) == 1u);
    CHECK(parse_percent("33.3333", error) == 333'333u);
    CHECK(parse_percent("99.9999", error) == 999'999u);
    CHECK(parse_percent("25%", error) == 250'000u);
    CHECK(parse_percent("25 %", error) == 250'000u);
    CHECK(parse_percent(".5", error) == 5'000u);
    CHECK(parse_percent("007", error) == 70'000u);
}

TEST_CASE("percent that is no weight is refused with the reason") {
    CHECK(why_not("-1").find("negative") != std::string::npos);
    CHECK(why_not("-0.5").find("negative") != std::string::npos);
    CHECK(why_not("100.0001").find("more than 100") != std::string::npos);
    CHECK(why_not("99999999999999999999").find("more than 100") != std::string::npos);
    CHECK(why_not("4294967396").find("more than 100") != std::string::npos);
    CHECK(why_not("0.00001").find("four decimals") != std::string::npos);
    CHECK(why_not("0,5").find("point") != std::string::npos);
    for (const char* text :
         {"", ".", "%", "ten", "1e2", "0x10", "+5", "1.2.3", " 5", "nan", "--1"}) {
        INFO(text);
        CHECK(why_not(text).find("not a number") != std::string::npos);
    }
}

TEST_CASE("every weight prints as the percent that reads as it") {
    for (std::uint32_t ppm = 0; ppm <= 1'000'000; ppm += ppm % 997 == 0 ? 1 : 13) {
        std::string error;
        const std::string text = percent_text(ppm);
        if (parse_percent(text, error) != ppm) {
            FAIL(text << " does not read as " << ppm << " ppm: " << error);
        }
    }
    CHECK(percent_text(250'000) == "25 %");
    CHECK(percent_text(333'330) == "33.333 %");
    CHECK(percent_text(1) == "0.0001 %");
}
