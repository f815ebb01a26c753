// Prometheus' text format, written fast: a scrape of a thousand splits has a hundred thousand
// lines, and nginx's own formats take several times as long for each of them.
#pragma once

#include "nginx-module/nginx.hpp"

#include <cstdio>
#include <cstring>

namespace teal::nginx {

// Writes into memory of somebody else's. What does not fit is left out, and is_cut() says so.
class MetricText {
public:
    MetricText(u_char* begin, u_char* end) : at_(begin), end_(end) {}

    u_char* at() const { return at_; }
    std::size_t room() const { return static_cast<std::size_t>(end_ - at_); }
    bool is_cut() const { return cut_; }

    MetricText& text(std::string_view piece) {
        if (piece.size() > room()) {
            cut_ = true;
            return *this;
        }
        std::memcpy(at_, piece.data(), piece.size());
        at_ += piece.size();
        return *this;
    }
    MetricText& number(std::uint64_t value) { return digits(value, 1); }
    // `parts` of a million: "0.250000", "1700000000.000001".
    MetricText& millionths(std::uint64_t parts) {
        return number(parts / 1'000'000).text(".").digits(parts % 1'000'000, 6);
    }
    MetricText& real(double value) {
        constexpr double kMost = 1e12;  // far beyond what any evidence comes to
        if (value != value) {
            return text("NaN");
        }
        const double size = value < 0 ? -value : value;
        if (size > kMost) {
            return text(value < 0 ? "-Inf" : "+Inf");
        }
        return text(value < 0 ? "-" : "").millionths(static_cast<std::uint64_t>(size * 1e6 + 0.5));
    }
    // Exact to 15 digits, however large.
    MetricText& exact(double value) {
        char digits[32];
        const int bytes = std::snprintf(digits, sizeof(digits), "%.15g", value);
        return text({digits, static_cast<std::size_t>(bytes)});
    }
    // A label's value: backslash, quote and line feed are escaped.
    MetricText& label_value(std::string_view value) {
        for (const char& c : value) {
            text(c == '\\'   ? "\\\\"
                 : c == '"'  ? "\\\""
                 : c == '\n' ? "\\n"
                             : std::string_view(&c, 1));
        }
        return *this;
    }

private:
    MetricText& digits(std::uint64_t value, std::size_t least) {
        char backwards[24];
        std::size_t begin = sizeof(backwards);
        do {
            backwards[--begin] = static_cast<char>('0' + value % 10);
            value /= 10;
        } while (value != 0 || sizeof(backwards) - begin < least);
        return text({backwards + begin, sizeof(backwards) - begin});
    }

    u_char* at_;
    u_char* end_;
    bool cut_ = false;
};

}  // namespace teal::nginx
