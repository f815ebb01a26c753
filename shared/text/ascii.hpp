// Characters by their class in ASCII, whatever the locale says.
#pragma once

namespace teal {

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace teal
