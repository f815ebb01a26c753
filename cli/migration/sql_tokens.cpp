#include "cli/migration/sql_tokens.hpp"

#include <algorithm>

namespace teal::cli::migration {
namespace {

// A string goes on behind blanks with at least one end of line, comments after the first of those,
// and a quote; it keeps the meaning of its backslashes. Behind that quote, or `at` when it does not
// go on.
std::size_t continued(std::string_view text, std::size_t at) {
    bool newline = false;
    std::size_t i = at;
    while (i < text.size()) {
        if (is_space(text[i])) {
            newline = newline || text[i] == '\n' || text[i] == '\r';
            ++i;
        } else if (newline && text.substr(i).starts_with("--")) {
            i = end_of_line_comment(text, i);
        } else {
            break;
        }
    }
    return newline && i < text.size() && text[i] == '\'' ? i + 1 : at;
}

}  // namespace

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

bool starts_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool continues_name(char c) {
    return starts_name(c) || is_digit(c) || c == '$';
}

std::size_t end_of_string(std::string_view text, std::size_t quote, bool escapes) {
    for (std::size_t at = quote + 1; at < text.size();) {
        if (escapes && text[at] == '\\') {
            at += 2;
        } else if (text[at] != '\'') {
            ++at;
        } else if (at + 1 < text.size() && text[at + 1] == '\'') {
            at += 2;
        } else {
            const std::size_t end = continued(text, at + 1);
            if (end == at + 1) {
                return end;
            }
            at = end;
        }
    }
    return kUnfinished;
}

std::size_t end_of_quoted_name(std::string_view text, std::size_t quote, std::size_t& bytes) {
    for (std::size_t at = quote + 1; at < text.size(); ++at, ++bytes) {
        if (text[at] != '"') {
            continue;
        }
        if (at + 1 >= text.size() || text[at + 1] != '"') {
            return at + 1;
        }
        ++at;
    }
    return kUnfinished;
}

std::size_t end_of_dollar(std::string_view text, std::size_t dollar) {
    std::size_t end = dollar + 1;
    if (end < text.size() && starts_name(text[end])) {
        while (end < text.size() && continues_name(text[end]) && text[end] != '$') {
            ++end;
        }
    }
    if (end >= text.size() || text[end] != '$') {
        return dollar + 1;  // a parameter, $1, or nothing PostgreSQL knows
    }
    const std::string_view tag = text.substr(dollar, end + 1 - dollar);
    const std::size_t close = text.find(tag, end + 1);
    return close == std::string_view::npos ? kUnfinished : close + tag.size();
}

std::size_t end_of_block_comment(std::string_view text, std::size_t begin) {
    std::size_t depth = 0;
    for (std::size_t at = begin; at < text.size();) {
        const std::string_view rest = text.substr(at, 2);
        if (rest == "/*") {
            ++depth;
            at += 2;
        } else if (rest == "*/") {
            at += 2;
            if (--depth == 0) {
                return at;
            }
        } else {
            ++at;
        }
    }
    return kUnfinished;
}

std::size_t end_of_line_comment(std::string_view text, std::size_t begin) {
    return std::min(text.find_first_of("\r\n", begin), text.size());
}

}  // namespace teal::cli::migration
