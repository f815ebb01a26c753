#include "cli/migration/statement_split.hpp"

#include "cli/migration/statement_words.hpp"

#include <algorithm>

namespace teal::cli::migration {
namespace {

constexpr std::size_t kIdentifierBytes = 63;  // NAMEDATALEN - 1

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool starts_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}
bool continues_name(char c) {
    return starts_name(c) || is_digit(c) || c == '$';
}

class Splitter {
public:
    explicit Splitter(std::string_view text) : text_(text) {}

    Split run() {
        while (at_ < text_.size()) {
            step();
        }
        close_statement();
        if (copy_pending_) {
            unfinished(text_.size(), "COPY data");
        }
        return std::move(split_);
    }

private:
    char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    bool sees(std::string_view word) const { return text_.substr(at_).starts_with(word); }

    void step() {
        const char c = peek();
        if (c == '\n' && copy_pending_) {
            ++at_;
            take_copy_data();
        } else if (is_space(c)) {
            ++at_;
        } else if (sees("--")) {
            take_line_comment();
        } else if (sees("/*")) {
            take_block_comment();
        } else if (c == '\\') {
            take_psql_command();
        } else if (c == ';') {
            semicolon();
        } else {
            token(c);
        }
    }

    // Something of a statement.
    void token(char c) {
        open_statement();
        const std::size_t start = at_;
        if (c == '\'') {
            take_string(false);
        } else if (c == '"') {
            take_quoted_name();
        } else if (c == '$') {
            take_dollar();
        } else if (starts_name(c)) {
            take_word();
        } else if (is_digit(c)) {
            // `1e5` is no name, and neither is the tail of `1a`.
            while (continues_name(peek()) || peek() == '.') {
                ++at_;
            }
        } else {
            words_.parenthesis(c);
            ++at_;
        }
        last_end_ = std::max(at_, start + 1);
    }

    void open_statement() {
        if (!open_) {
            open_ = true;
            piece_ = Piece{PieceKind::sql, {at_, at_}, {}};
        }
    }

    void close_statement() {
        if (open_) {
            piece_.range.end = last_end_;
            split_.pieces.push_back(std::move(piece_));
            copy_pending_ = copy_pending_ || words_.copies_from_stdin();
        }
        open_ = false;
        words_ = StatementWords{};
    }

    void semicolon() {
        if (open_ && words_.holds_semicolons()) {
            ++at_;
            last_end_ = at_;
            return;
        }
        close_statement();
        ++at_;
    }

    void unfinished(std::size_t offset, const char* what) {
        if (split_.unfinished.what.empty()) {
            split_.unfinished = {offset, what};
        }
    }

    std::size_t end_of_line() const { return std::min(text_.find('\n', at_), text_.size()); }

    void take_line_comment() {
        const std::size_t end = std::min(text_.find_first_of("\r\n", at_), text_.size());
        split_.comments.push_back({at_, end});
        at_ = end;
    }

    void take_block_comment() {
        const std::size_t start = at_;
        std::size_t depth = 0;
        do {
            if (sees("/*")) {
                ++depth;
                at_ += 2;
            } else if (sees("*/")) {
                --depth;
                at_ += 2;
            } else {
                ++at_;
            }
        } while (depth > 0 && at_ < text_.size());
        if (depth > 0) {
            unfinished(start, "a comment");
            // The grammar says so too, if it gets to see it.
            open_statement();
            piece_.range.begin = std::min(piece_.range.begin, start);
            last_end_ = at_;
        }
    }

    void take_psql_command() {
        const std::size_t start = at_;
        if (peek(1) == ';') {  // `\;` sends several statements as one message: they stay several
            ++at_;
            return semicolon();
        }
        at_ = end_of_line();
        std::size_t end = at_;
        while (end > start + 1 && is_space(text_[end - 1])) {
            --end;
        }
        // `\g`, `\gx`, `\gset`, `\gexec`, `\crosstabview`, `\watch` send what was typed so far.
        const std::string_view name = text_.substr(start + 1, end - start - 1);
        if (open_ && !name.starts_with('g') && !name.starts_with("crosstab") &&
            !name.starts_with("watch")) {
            piece_.foreign.push_back({start, end});
        } else {
            close_statement();
        }
        split_.pieces.push_back({PieceKind::psql_command, {start, end}, {}});
    }

    void take_copy_data() {
        copy_pending_ = false;
        const std::size_t start = at_;
        while (at_ < text_.size()) {
            const std::size_t end = end_of_line();
            std::string_view line = text_.substr(at_, end - at_);
            if (line.ends_with('\r')) {
                line.remove_suffix(1);
            }
            at_ = std::min(end + 1, text_.size());
            if (line == "\\.") {
                split_.pieces.push_back({PieceKind::copy_data, {start, end}, {}});
                return;
            }
        }
        unfinished(start, "COPY data");
        split_.pieces.push_back({PieceKind::copy_data, {start, text_.size()}, {}});
    }

    // '…', and what continues it on a later line: it keeps the meaning of its backslashes.
    void take_string(bool escapes) {
        const std::size_t start = at_;
        ++at_;
        while (true) {
            if (at_ >= text_.size()) {
                at_ = text_.size();
                return unfinished(start, "a string");
            }
            if (escapes && peek() == '\\') {
                at_ += 2;
            } else if (peek() != '\'') {
                ++at_;
            } else if (peek(1) == '\'') {
                at_ += 2;
            } else {
                ++at_;
                if (!continuation()) {
                    return;
                }
            }
        }
    }

    // Moves behind the quote of a continuation: blanks with at least one end of line, comments
    // after the first of those, a quote.
    bool continuation() {
        std::size_t i = at_;
        bool newline = false;
        while (i < text_.size()) {
            if (is_space(text_[i])) {
                newline = newline || text_[i] == '\n' || text_[i] == '\r';
                ++i;
            } else if (newline && text_.substr(i).starts_with("--")) {
                i = std::min(text_.find_first_of("\r\n", i), text_.size());
            } else {
                break;
            }
        }
        if (!newline || i >= text_.size() || text_[i] != '\'') {
            return false;
        }
        at_ = i + 1;
        return true;
    }

    void take_quoted_name() {
        const std::size_t start = at_++;
        std::size_t bytes = 0;
        while (at_ < text_.size()) {
            if (peek() == '"' && peek(1) != '"') {
                ++at_;
                words_.quoted_name();
                return note_length({start, at_}, bytes);
            }
            at_ += peek() == '"' ? 2u : 1u;
            ++bytes;
        }
        unfinished(start, "a quoted name");
    }

    void note_length(Range name, std::size_t bytes) {
        if (bytes > kIdentifierBytes) {
            split_.long_identifiers.push_back(name);
        }
    }

    void take_dollar() {
        std::size_t end = at_ + 1;
        if (end < text_.size() && starts_name(text_[end])) {
            while (end < text_.size() && continues_name(text_[end]) && text_[end] != '$') {
                ++end;
            }
        }
        if (end >= text_.size() || text_[end] != '$') {
            ++at_;  // a parameter, $1, or nothing PostgreSQL knows
            return;
        }
        const std::size_t start = at_;
        const std::string_view tag = text_.substr(at_, end + 1 - at_);
        const std::size_t close = text_.find(tag, end + 1);
        if (close == std::string_view::npos) {
            at_ = text_.size();
            return unfinished(start, "a dollar-quoted string");
        }
        at_ = close + tag.size();
    }

    void take_word() {
        const std::size_t start = at_;
        while (continues_name(peek())) {
            ++at_;
        }
        const std::string_view word = text_.substr(start, at_ - start);
        const bool escapes = word == "e" || word == "E";
        const bool prefix = escapes || word == "b" || word == "B" || word == "x" || word == "X" ||
                            word == "n" || word == "N";
        if (prefix && peek() == '\'') {
            return take_string(escapes);
        }
        if ((word == "u" || word == "U") && peek() == '&' && (peek(1) == '\'' || peek(1) == '"')) {
            ++at_;
            return peek() == '"' ? take_quoted_name() : take_string(false);
        }
        words_.word(word);
        note_length({start, at_}, word.size());
    }

    std::string_view text_;
    std::size_t at_ = 0;
    Split split_{};
    Piece piece_{};
    bool open_ = false;
    bool copy_pending_ = false;
    std::size_t last_end_ = 0;
    StatementWords words_{};
};

}  // namespace

Split split_statements(std::string_view text) {
    return Splitter(text).run();
}

}  // namespace teal::cli::migration
