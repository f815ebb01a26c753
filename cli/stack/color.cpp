#include "cli/stack/color.hpp"

#include "cli/error.hpp"
#include "cli/suggestion.hpp"

namespace teal::cli {

std::optional<Color> color_named(std::string_view name) {
    for (const Color color : {Color::blue, Color::green}) {
        if (name == name_of(color)) {
            return color;
        }
    }
    return std::nullopt;
}

Color parse_color(const std::string& text) {
    if (const std::optional<Color> color = color_named(text)) {
        return *color;
    }
    throw wrong_input("\"" + text + "\" is not a color" + did_you_mean(text, {"blue", "green"}),
                      "use blue or green");
}

}  // namespace teal::cli
