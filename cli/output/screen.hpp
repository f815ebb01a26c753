// Writing to standard output, and what is known of the terminal behind it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace teal::cli {

// Writes all of it. Throws Error when it cannot be written (a full disk behind `> file`); a reader
// that went away (`| head`) ends the process quietly, as SIGPIPE would.
void print(std::string_view text);
void print_line(std::string_view text);
// "teal: warning: …" on standard error.
void warn(std::string_view text);

bool is_terminal();
// Colour only on a terminal that can show it and when NO_COLOR (https://no-color.org) is not set.
bool has_colour();

enum class Colour { red, yellow, green, bold, dim };
std::string coloured(std::string_view text, Colour colour);

// Columns a text takes: code points, without colour sequences.
std::size_t width_of(std::string_view text);

}  // namespace teal::cli
