// A migration file as PostgreSQL's tools would read it: without the byte order mark, with the
// offsets of the file kept, so that what is said about it points at the right character.
//
// Bytes that are no UTF-8 are not refused: a server may be told another encoding. Each becomes '_',
// a letter of identifiers as every byte above 127 is to PostgreSQL, so nothing moves.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace teal::cli::migration {

// All counted from 1. `column` counts characters (code points), `byte_column` bytes.
struct Position {
    std::size_t line = 1;
    std::size_t column = 1;
    std::size_t byte_column = 1;
};

class SourceText {
public:
    // Throws Error (usage) naming the file when it is not text: a NUL byte, UTF-16.
    SourceText(std::string name, std::string bytes);

    const std::string& name() const { return name_; }
    // Offsets into this are offsets into the file, less the byte order mark.
    std::string_view text() const { return text_; }
    // REQUIRES: offset <= text().size().
    Position at(std::size_t offset) const;
    // Where the first byte is that is no UTF-8.
    std::optional<std::size_t> first_foreign_byte() const { return foreign_; }

private:
    void replace_foreign_bytes();
    std::size_t characters_before(std::size_t offset) const;

    std::string name_;
    std::string text_;
    std::optional<std::size_t> foreign_;
    std::vector<std::size_t> line_starts_{0};
    std::vector<std::size_t>
        characters_at_block_;  // before each kBlock bytes: long lines are cheap
};

}  // namespace teal::cli::migration
