#include "shared/sticky/secret_line.hpp"

#include "shared/text/slice.hpp"

#include <chrono>

namespace teal::sticky {
namespace {

constexpr std::string_view kExpires = " expires ";

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Digits alone; false for anything else.
bool parse_digits(std::string_view text, std::size_t digits, unsigned* value) {
    *value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            return false;
        }
        *value = *value * 10 + static_cast<unsigned>(c - '0');
    }
    return text.size() == digits;
}

// The second after the last one of a day written as 2027-01-31, UTC.
bool parse_last_day(std::string_view text, std::uint64_t* unix_s) {
    unsigned year = 0;
    unsigned month = 0;
    unsigned day = 0;
    if (!parse_digits(take_until(text, '-'), 4, &year) ||
        !parse_digits(take_until(text, '-'), 2, &month) || !parse_digits(text, 2, &day)) {
        return false;
    }
    using namespace std::chrono;
    const year_month_day date(std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                              std::chrono::day(day));
    const auto days = sys_days(date).time_since_epoch().count();
    if (!date.ok() || days < 0) {
        return false;
    }
    *unix_s = (static_cast<std::uint64_t>(days) + 1) * 86'400;
    return true;
}

}  // namespace

SecretLine parse_secret_line(std::string_view line) {
    while (!line.empty() && is_blank(line.back())) {
        line.remove_suffix(1);
    }
    SecretLine parsed;
    parsed.secret = line;
    const std::size_t at = line.find(kExpires);
    if (at != std::string_view::npos) {
        parsed.secret = first_of(line, at);
        parsed.well_formed =
            parse_last_day(rest_of(line, at + kExpires.size()), &parsed.expires_unix_s);
    }
    return parsed;
}

}  // namespace teal::sticky
