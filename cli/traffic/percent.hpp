// Percent as people write it, to parts per million and back, digit by digit: a weight is an exact
// decimal, and binary floating point would turn 0.0001 % into something else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace teal::cli {

// "25", "0.0001", "33.3333%"; 0 to 100 with at most four decimals. Nothing, with the reason in
// `error`, for anything else.
std::optional<std::uint32_t> parse_percent(std::string_view text, std::string& error);

// "25 %", "33.3333 %", "0.0001 %".
std::string percent_text(std::uint32_t ppm);

// For JSON: the nearest double, which prints as the same decimal.
double percent_number(std::uint32_t ppm);

}  // namespace teal::cli
