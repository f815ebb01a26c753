// Parts of a text, for code that is built without exceptions: std::string_view::substr refers to
// the C++ library's throw functions, which nginx does not have.
#pragma once

#include <cstddef>
#include <string_view>

namespace teal {

// REQUIRES: count <= text.size().
constexpr std::string_view first_of(std::string_view text, std::size_t count) {
    return {text.data(), count};
}

// Everything from `begin` on. REQUIRES: begin <= text.size().
constexpr std::string_view rest_of(std::string_view text, std::size_t begin) {
    return {text.data() + begin, text.size() - begin};
}

// Takes what stands before the next `separator`, and the separator, off the text; without one,
// everything.
constexpr std::string_view take_until(std::string_view& text, char separator) {
    const std::size_t at = text.find(separator);
    const bool found = at != std::string_view::npos;
    const std::string_view taken = found ? first_of(text, at) : text;
    text = found ? rest_of(text, at + 1) : std::string_view{};
    return taken;
}

}  // namespace teal
