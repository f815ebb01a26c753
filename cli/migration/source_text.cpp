#include "cli/migration/source_text.hpp"

#include "cli/error.hpp"

#include <algorithm>
#include <utility>

namespace teal::cli::migration {
namespace {

constexpr std::size_t kBlock = 4096;

bool continues(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0u) == 0x80u;
}

// Bytes of the UTF-8 character that starts here (RFC 3629); 0 when none does.
std::size_t character_length(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(at);
    if (first < 0x80) {
        return 1;
    }
    const std::size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                               : first >= 0xE0 && first <= 0xEF ? 3
                               : first >= 0xF0 && first <= 0xF4 ? 4
                                                                : 0;
    if (length == 0 || text.size() - at < length) {
        return 0;
    }
    const unsigned char second = byte(at + 1);
    const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool impossible = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
    for (std::size_t i = 1; i < length; ++i) {
        if (!continues(text[at + i])) {
            return 0;
        }
    }
    return overlong || impossible ? 0 : length;
}

}  // namespace

SourceText::SourceText(std::string name, std::string bytes)
    : name_(std::move(name)), text_(std::move(bytes)) {
    if (text_.starts_with("\xFF\xFE") || text_.starts_with("\xFE\xFF")) {
        throw wrong_input(name_ + " is UTF-16, which PostgreSQL does not read",
                          "save it as UTF-8: iconv -f UTF-16 -t UTF-8");
    }
    if (const std::size_t nul = text_.find('\0'); nul != std::string::npos) {
        throw wrong_input(
            name_ + " is not text: byte " + std::to_string(nul + 1) + " of it is NUL",
            "name SQL files; a dump in custom format becomes SQL with pg_restore -f -");
    }
    if (text_.starts_with("\xEF\xBB\xBF")) {
        text_.erase(0, 3);
    }
    replace_foreign_bytes();
    for (std::size_t i = 0; i < text_.size(); ++i) {
        if (text_[i] == '\n') {
            line_starts_.push_back(i + 1);
        }
    }
    std::size_t characters = 0;
    for (std::size_t i = 0; i < text_.size(); ++i) {
        if (i % kBlock == 0) {
            characters_at_block_.push_back(characters);
        }
        characters += continues(text_[i]) ? 0u : 1u;
    }
    characters_at_block_.push_back(characters);
}

void SourceText::replace_foreign_bytes() {
    for (std::size_t i = 0; i < text_.size();) {
        const std::size_t length = character_length(text_, i);
        if (length != 0) {
            i += length;
            continue;
        }
        foreign_ = foreign_.value_or(i);
        text_[i++] = '_';
    }
}

std::size_t SourceText::characters_before(std::size_t offset) const {
    const std::size_t block = offset / kBlock;
    std::size_t characters = characters_at_block_[std::min(block, characters_at_block_.size() - 1)];
    for (std::size_t i = block * kBlock; i < offset; ++i) {
        characters += continues(text_[i]) ? 0u : 1u;
    }
    return characters;
}

Position SourceText::at(std::size_t offset) const {
    const auto line = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset) - 1;
    return {static_cast<std::size_t>(line - line_starts_.begin()) + 1,
            characters_before(offset) - characters_before(*line) + 1, offset - *line + 1};
}

}  // namespace teal::cli::migration
