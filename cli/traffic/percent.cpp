#include "cli/traffic/percent.hpp"

#include "shared/table/layout.hpp"
#include "shared/text/ascii.hpp"

#include <cstddef>

namespace teal::cli {
namespace {

constexpr std::size_t kDecimals = 4;
constexpr std::uint32_t kPpmOfOnePercent = table::kTotalPpm / 100;

bool are_digits(std::string_view text) {
    for (const char c : text) {
        if (!is_digit(c)) {
            return false;
        }
    }
    return true;
}

std::string_view without_sign(std::string_view text) {
    if (text.ends_with('%')) {
        text.remove_suffix(1);
        while (text.ends_with(' ')) {
            text.remove_suffix(1);
        }
    }
    return text;
}

}  // namespace

std::optional<std::uint32_t> parse_percent(std::string_view text, std::string& error) {
    const std::string_view number = without_sign(text);
    if (number.starts_with('-') && number.size() > 1 && (is_digit(number[1]) || number[1] == '.')) {
        error = "is negative, a weight is 0 to 100 percent";
        return std::nullopt;
    }
    const std::size_t point = number.find('.');
    const std::string_view whole = number.substr(0, point);
    const std::string_view decimals =
        point == std::string_view::npos ? std::string_view{} : number.substr(point + 1);
    if ((whole.empty() && decimals.empty()) || !are_digits(whole) || !are_digits(decimals)) {
        error = number.find(',') != std::string_view::npos
                    ? "is not a number, decimals are written with a point"
                    : "is not a number, write percent as in 25 or 0.5";
        return std::nullopt;
    }
    if (decimals.size() > kDecimals) {
        error = "is finer than 0.0001, percent has at most four decimals";
        return std::nullopt;
    }
    std::uint32_t ppm = 0;
    for (const char c : whole) {
        ppm = ppm * 10 + static_cast<std::uint32_t>(c - '0');
        if (ppm > 100) {
            break;  // too much already; more digits could only overflow
        }
    }
    std::uint32_t fraction = 0;
    for (std::size_t i = 0; i < kDecimals; ++i) {
        fraction = fraction * 10 +
                   (i < decimals.size() ? static_cast<std::uint32_t>(decimals[i] - '0') : 0u);
    }
    ppm = ppm * kPpmOfOnePercent + fraction;
    if (ppm > table::kTotalPpm) {
        error = "is more than 100 percent";
        return std::nullopt;
    }
    return ppm;
}

std::string percent_text(std::uint32_t ppm) {
    std::string text = std::to_string(ppm / kPpmOfOnePercent);
    if (const std::uint32_t fraction = ppm % kPpmOfOnePercent; fraction != 0) {
        std::string decimals = std::to_string(fraction + kPpmOfOnePercent).substr(1);
        while (decimals.back() == '0') {
            decimals.pop_back();
        }
        text += "." + decimals;
    }
    return text + " %";
}

double percent_number(std::uint32_t ppm) {
    return static_cast<double>(ppm) / static_cast<double>(kPpmOfOnePercent);
}

}  // namespace teal::cli
