// Cuts a file into statements the way psql does: quotes, dollar quotes, nested comments,
// parentheses and BEGIN ATOMIC bodies hold their semicolons; lines that begin with a backslash
// belong to psql, and what follows COPY … FROM STDIN is data.
//
// libpg_query has a splitter of its own. It stops at the first lexical error, takes psql's commands
// and COPY data for SQL, and so says nothing about the rest of the file; this one never gives up.
// Where both can be used they agree (tests/fuzz/statement_split_fuzzer.cpp).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace teal::cli::migration {

enum class PieceKind { sql, psql_command, copy_data };

// Offsets into the text; `end` is behind the last character, without the semicolon.
struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
};

struct Piece {
    PieceKind kind = PieceKind::sql;
    Range range{};
    std::vector<Range> foreign{};  // psql commands inside the statement: no part of its SQL
};

struct Unfinished {
    std::size_t offset = 0;  // where it was opened
    std::string what{};      // "a string", "COPY data" …; empty: nothing is unfinished
};

struct Split {
    std::vector<Piece> pieces{};            // in order
    std::vector<Range> comments{};          // `--` ones, in order, without the end of the line
    std::vector<Range> long_identifiers{};  // over 63 bytes: PostgreSQL cuts them
    Unfinished unfinished{};
};

Split split_statements(std::string_view text);

}  // namespace teal::cli::migration
