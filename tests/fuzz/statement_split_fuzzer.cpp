// The splitter on any text: pieces are in order and inside it. And where libpg_query's own splitter
// can be used - no psql command, no COPY data, nothing that does not end - both cut the same.
#include "cli/migration/source_text.hpp"
#include "cli/migration/statement_split.hpp"

#include "cli/error.hpp"

#include <pg_query.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <string>

using namespace teal::cli::migration;

namespace {

void must(bool holds) {
    if (!holds) {
        std::abort();
    }
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

// A ) before its ( : libpg_query's splitter then takes no semicolon for an end, psql's does.
// Counted without a look at quotes and comments, so it is asked only where there are none.
bool may_close_nothing(const std::string& text) {
    if (text.find_first_of("()") != std::string::npos &&
        (text.find_first_of("'\"$") != std::string::npos || text.find("--") != std::string::npos ||
         text.find("/*") != std::string::npos)) {
        return true;
    }
    long depth = 0;
    for (const char c : text) {
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (depth < 0) {
            return true;
        }
    }
    return false;
}

// libpg_query's splitter knows no bodies of functions, and psql's commands and data not either.
bool both_can(const std::string& text, const Split& split) {
    const std::string words = lower(text);
    return split.unfinished.what.empty() && !may_close_nothing(text) &&
           text.find('\\') == std::string::npos && words.find("stdin") == std::string::npos &&
           words.find("begin") == std::string::npos;
}

// Its ranges begin and end with the blanks and comments around a statement, and it leaves out what
// holds no keyword. So: no statement of ours crosses an end of its, and where both have as many,
// each is the other's.
void compare(const std::string& text, const Split& split) {
    const PgQuerySplitResult other = pg_query_split_with_scanner(text.c_str());
    const auto theirs = static_cast<std::size_t>(other.error == nullptr ? other.n_stmts : 0);
    must(theirs <= split.pieces.size());
    for (std::size_t i = 0; i < theirs; ++i) {
        const auto begin = static_cast<std::size_t>(other.stmts[i]->stmt_location);
        const std::size_t end = begin + static_cast<std::size_t>(other.stmts[i]->stmt_len);
        for (const Piece& piece : split.pieces) {
            must(piece.range.end <= end || piece.range.begin >= end);
        }
        if (theirs == split.pieces.size()) {
            must(begin <= split.pieces[i].range.begin && split.pieces[i].range.end <= end);
        }
    }
    pg_query_free_split_result(other);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const SourceText source("fuzzed.sql",
                                std::string(reinterpret_cast<const char*>(data), size));
        const std::string text(source.text());
        const Split split = split_statements(text);
        std::size_t at = 0;
        for (const Piece& piece : split.pieces) {
            must(piece.range.begin < piece.range.end && piece.range.end <= text.size());
            must(piece.kind != PieceKind::sql || piece.range.begin >= at);
            at = piece.kind == PieceKind::sql ? piece.range.end : at;
        }
        if (both_can(text, split)) {
            compare(text, split);
        }
    } catch (const teal::cli::Error&) {
        // No text.
    }
    return 0;
}
