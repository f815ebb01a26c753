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

// libpg_query's splitter knows no bodies of functions, and psql's commands and data not either.
bool both_can(const std::string& text, const Split& split) {
    const std::string words = lower(text);
    return split.unfinished.what.empty() && text.find('\\') == std::string::npos &&
           words.find("stdin") == std::string::npos && words.find("begin") == std::string::npos;
}

void compare(const std::string& text, const Split& split) {
    const PgQuerySplitResult other = pg_query_split_with_scanner(text.c_str());
    if (other.error == nullptr) {
        must(static_cast<std::size_t>(other.n_stmts) == split.pieces.size());
        for (int i = 0; i < other.n_stmts; ++i) {
            // Its ranges begin and end with the blanks and comments around a statement.
            const Range& range = split.pieces[static_cast<std::size_t>(i)].range;
            const auto begin = static_cast<std::size_t>(other.stmts[i]->stmt_location);
            const auto length = static_cast<std::size_t>(other.stmts[i]->stmt_len);
            must(begin <= range.begin && range.end <= begin + length);
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
