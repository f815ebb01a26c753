// Blue and green, the two deployment environments. A color is also the name of a variant in every
// split that an entry service feeds.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace teal::cli {

enum class Color { blue, green };

constexpr const char* name_of(Color color) {
    return color == Color::blue ? "blue" : "green";
}

constexpr Color other(Color color) {
    return color == Color::blue ? Color::green : Color::blue;
}

std::optional<Color> color_named(std::string_view name);

// Throws Error (wrong input) with a suggestion.
Color parse_color(const std::string& text);

}  // namespace teal::cli
