// PostgreSQL's own grammar, through libpg_query: the only door to that library, whose interface and
// grammar differ between distributions (15 on Debian 12).
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace teal::cli::migration {

using Json = nlohmann::json;

struct ParseOutcome {
    std::vector<Json> statements{};  // {"AlterTableStmt": {…}}, as libpg_query names things
    std::string error{};             // empty: it was understood
    std::size_t error_offset = 0;    // a byte of the SQL
};

// Never throws for bad SQL. REQUIRES: `sql` is UTF-8 without NUL.
// What nests or chains deeper than kDeepest is an error: the library walks trees by recursion.
ParseOutcome parse_sql(const std::string& sql);

// The major version whose grammar this is.
int grammar_version();

inline constexpr std::size_t kDeepest = 5000;

// An upper bound of the parse tree's depth: parentheses, and operators and keywords that chain.
std::size_t nesting_of(const std::string& sql);

}  // namespace teal::cli::migration
