#include "cli/migration/statement_split.hpp"

#include "cli/migration/sql_tokens.hpp"
#include "cli/migration/statement_words.hpp"

#include <algorithm>

namespace teal::cli::migration {
namespace {

constexpr std::size_t kIdentifierBytes = 63;  // NAMEDATALEN - 1

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
            take(end_of_string(text_, at_, false), "a string");
        } else if (c == '"') {
            take_quoted_name();
        } else if (c == '$') {
            take(end_of_dollar(text_, at_), "a dollar-quoted string");
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

    // Goes behind a token, or to the end of the text when the token does not end.
    void take(std::size_t end, const char* what) {
        if (end == kUnfinished) {
            unfinished(at_, what);
            end = text_.size();
        }
        at_ = end;
    }

    void take_line_comment() {
        const std::size_t end = end_of_line_comment(text_, at_);
        split_.comments.push_back({at_, end});
        at_ = end;
    }

    void take_block_comment() {
        const std::size_t start = at_;
        take(end_of_block_comment(text_, at_), "a comment");
        if (split_.unfinished.what.empty()) {
            return;
        }
        // The grammar says so too, if it gets to see it.
        open_statement();
        piece_.range.begin = std::min(piece_.range.begin, start);
        last_end_ = at_;
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
        if (start < text_.size()) {
            split_.pieces.push_back({PieceKind::copy_data, {start, text_.size()}, {}});
        }
    }

    void take_quoted_name() {
        const std::size_t start = at_;
        std::size_t bytes = 0;
        take(end_of_quoted_name(text_, at_, bytes), "a quoted name");
        words_.quoted_name();
        note_length({start, at_}, bytes);
    }

    void note_length(Range name, std::size_t bytes) {
        if (bytes > kIdentifierBytes) {
            split_.long_identifiers.push_back(name);
        }
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
            return take(end_of_string(text_, at_, escapes), "a string");
        }
        if ((word == "u" || word == "U") && peek() == '&' && (peek(1) == '\'' || peek(1) == '"')) {
            ++at_;
            return peek() == '"' ? take_quoted_name()
                                 : take(end_of_string(text_, at_, false), "a string");
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
