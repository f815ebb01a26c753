// Where the quotes and comments of SQL end, by the rules of PostgreSQL's scan.l. Nothing of it
// fails: what does not end, ends with kUnfinished.
#pragma once

#include "shared/text/ascii.hpp"

#include <cstddef>
#include <string_view>

namespace teal::cli::migration {

inline constexpr std::size_t kUnfinished = std::string_view::npos;

bool is_space(char c);
bool starts_name(char c);
bool continues_name(char c);

// Each is given where the token begins, and returns what is behind its end.
// '…' with what continues it on later lines; `escapes`: E'…', where \' ends nothing.
std::size_t end_of_string(std::string_view text, std::size_t quote, bool escapes);
// "…"; `bytes`: of the name, a doubled quote is one.
std::size_t end_of_quoted_name(std::string_view text, std::size_t quote, std::size_t& bytes);
// $tag$…$tag$; where there is no such quote, behind the dollar.
std::size_t end_of_dollar(std::string_view text, std::size_t dollar);
// /* … */, nested.
std::size_t end_of_block_comment(std::string_view text, std::size_t begin);
// -- …: the end of its line.
std::size_t end_of_line_comment(std::string_view text, std::size_t begin);

}  // namespace teal::cli::migration
