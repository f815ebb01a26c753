#include "cli/output/drawing.hpp"

#include "cli/output/screen.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace teal::cli {
namespace {

using Marks = std::array<std::string_view, 8>;

constexpr Marks kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr Marks kPlain = {"_", ".", ",", "-", "=", "+", "*", "#"};

std::string_view mark_of(double value, double top, const Marks& marks) {
    if (!(value > 0) || !(top > 0)) {
        return marks.front();
    }
    const double part = std::min(value / top, 1.0);
    const auto step = static_cast<std::size_t>(std::ceil(part * 7.0));
    return marks[std::clamp<std::size_t>(step, 1, 7)];
}

// Bytes of the character that begins there.
std::size_t character_bytes(std::string_view text, std::size_t at) {
    std::size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0u) == 0x80u) {
        ++end;
    }
    return end - at;
}

std::string first_columns(std::string_view text, std::size_t columns) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < columns && at < text.size(); ++i) {
        at += character_bytes(text, at);
    }
    return std::string(text.substr(0, at));
}

}  // namespace

Charset terminal_charset() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const char* value = std::getenv(name);
        if (value == nullptr || *value == '\0') {
            continue;
        }
        std::string word(value);
        std::transform(word.begin(), word.end(), word.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        return word.find("utf-8") != std::string::npos || word.find("utf8") != std::string::npos
                   ? Charset::unicode
                   : Charset::ascii;
    }
    return Charset::ascii;
}

std::string sparkline(const std::vector<std::optional<double>>& values, std::size_t width,
                      double top, Charset charset) {
    const Marks& marks = charset == Charset::unicode ? kBlocks : kPlain;
    const std::size_t shown = std::min(values.size(), width);
    std::string text(width - shown, ' ');
    for (std::size_t i = values.size() - shown; i < values.size(); ++i) {
        text += values[i] ? mark_of(*values[i], top, marks) : " ";
    }
    return text;
}

std::string bar(double part, std::size_t width, Charset charset) {
    const double clamped = part > 0 ? std::min(part, 1.0) : 0.0;  // not a number is nothing
    const auto full = static_cast<std::size_t>(std::lround(clamped * static_cast<double>(width)));
    std::string text;
    for (std::size_t i = 0; i < width; ++i) {
        text += charset == Charset::unicode ? (i < full ? "█" : "░") : (i < full ? "#" : "-");
    }
    return text;
}

std::string at_most(std::string_view text, std::size_t width, Charset charset) {
    if (width_of(text) <= width) {
        return std::string(text);
    }
    return width == 0 ? ""
                      : first_columns(text, width - 1) + (charset == Charset::unicode ? "…" : "~");
}

std::string fitted(std::string_view text, std::size_t width, Align align, Charset charset) {
    std::string cut = at_most(text, width, charset);
    const std::string padding(width - width_of(cut), ' ');
    return align == Align::left ? cut + padding : padding + cut;
}

std::string in_charset(std::string_view text, Charset charset) {
    if (charset == Charset::unicode) {
        return std::string(text);
    }
    std::string plain;
    for (std::size_t at = 0; at < text.size(); at += character_bytes(text, at)) {
        const std::string_view character = text.substr(at, character_bytes(text, at));
        plain += character.size() == 1 ? std::string(character)
                 : character == "·"    ? "|"
                 : character == "→"    ? ">"
                                       : "?";
    }
    return plain;
}

}  // namespace teal::cli
