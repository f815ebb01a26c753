#include "shared/events/line.hpp"

#include "shared/text/slice.hpp"

namespace teal::events {
namespace {

bool take(std::string_view& text, std::string_view word) {
    if (text.size() < word.size() || first_of(text, word.size()) != word) {
        return false;
    }
    text = rest_of(text, word.size());
    return true;
}

// A number that JavaScript's numbers hold exactly.
bool take_number(std::string_view& text) {
    constexpr std::size_t kMostDigits = 15;
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
        ++digits;
    }
    if (digits == 0 || digits > kMostDigits || (digits > 1 && text[0] == '0')) {
        return false;
    }
    text = rest_of(text, digits);
    return true;
}

bool take_kind(std::string_view& text) {
    std::size_t bytes = 0;
    while (bytes < text.size() &&
           ((text[bytes] >= 'a' && text[bytes] <= 'z') || text[bytes] == '_')) {
        ++bytes;
    }
    if (bytes == 0 || bytes > kMostKindBytes) {
        return false;
    }
    text = rest_of(text, bytes);
    return true;
}

// Bytes of the UTF-8 sequence at the start; 0: none (Unicode 15, table 3-7: no overlong forms, no
// surrogates, nothing above U+10FFFF).
std::size_t sequence_bytes(std::string_view text) {
    const auto at = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
    };
    const auto continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
        return at(i) >= low && at(i) <= high;
    };
    const unsigned first = at(0);
    if (first < 0x80) {
        return text.empty() ? 0 : 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        return continues(1) ? 2 : 0;
    }
    if (first >= 0xe0 && first <= 0xef) {
        const unsigned low = first == 0xe0 ? 0xa0u : 0x80u;
        const unsigned high = first == 0xed ? 0x9fu : 0xbfu;
        return continues(1, low, high) && continues(2) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const unsigned low = first == 0xf0 ? 0x90u : 0x80u;
        const unsigned high = first == 0xf4 ? 0x8fu : 0xbfu;
        return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

// The rest of a string and its closing quote.
bool take_string(std::string_view& text) {
    while (!text.empty()) {
        const char c = text[0];
        if (c == '"') {
            text = rest_of(text, 1);
            return true;
        }
        if (c == '\\') {
            if (text.size() < 2 || (text[1] != '"' && text[1] != '\\')) {
                return false;
            }
            text = rest_of(text, 2);
            continue;
        }
        const std::size_t bytes = sequence_bytes(text);
        if (bytes == 0 || (bytes == 1 && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f))) {
            return false;
        }
        text = rest_of(text, bytes);
    }
    return false;
}

}  // namespace

bool is_event_line(std::string_view line) {
    return line.size() <= kMostLineBytes && take(line, "{\"time_unix_ms\":") && take_number(line) &&
           take(line, ",\"kind\":\"") && take_kind(line) && take(line, "\",\"split\":\"") &&
           take_string(line) && take(line, ",\"text\":\"") && take_string(line) && line == "}";
}

}  // namespace teal::events
