// Small pictures made of characters, with a stated width: nothing here is ever wider than it says,
// so that a line of them does not wrap.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace teal::cli {

// Block characters where the locale's character set is UTF-8, else what every terminal has.
enum class Charset { ascii, unicode };
// By the first of LC_ALL, LC_CTYPE and LANG that is set and not empty (POSIX's order).
Charset terminal_charset();

// The newest `width` values, each a column between 0 and `top`; the oldest on the left, blanks
// before the first one and where nothing was measured. A value above 0 never looks like 0.
std::string sparkline(const std::vector<std::optional<double>>& values, std::size_t width,
                      double top, Charset charset);

// `part` (0 to 1, clamped) of `width` cells.
std::string bar(double part, std::size_t width, Charset charset);

enum class Align { left, right };
// Exactly `width` columns: padded, or cut with a mark at the end. REQUIRES: no colours in it.
std::string fitted(std::string_view text, std::size_t width, Align align, Charset charset);
// At most `width` columns, for the end of a line.
std::string at_most(std::string_view text, std::size_t width, Charset charset);

// With what is not ASCII written in its characters, for terminals that have no others.
std::string in_charset(std::string_view text, Charset charset);

}  // namespace teal::cli
