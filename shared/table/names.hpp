// Which names a split and a variant may have. One rule for nginx.conf, the CLI and the file:
// a split's name becomes part of variable names ($teal_<split>), so it is limited to what nginx
// accepts in those; a variant's may also contain '-', it appears in headers and cookies.
#pragma once

#include "shared/table/layout.hpp"

#include <string_view>

namespace teal::table {

constexpr bool is_word_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// 1 to 63 of letters, digits, '_'.
constexpr bool is_split_name(std::string_view name) {
    if (name.empty() || name.size() >= kSplitNameBytes) {
        return false;
    }
    for (const char c : name) {
        if (!is_word_character(c)) {
            return false;
        }
    }
    return true;
}

// 1 to 31 of letters, digits, '_', '-'. No '.', it separates the fields of the sticky cookie.
constexpr bool is_variant_name(std::string_view name) {
    if (name.empty() || name.size() >= kVariantNameBytes) {
        return false;
    }
    for (const char c : name) {
        if (!is_word_character(c) && c != '-') {
            return false;
        }
    }
    return true;
}

}  // namespace teal::table
