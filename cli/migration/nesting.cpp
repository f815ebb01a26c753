// How deep a parse tree may become, told from the text. `1+1+1+…` nests as deep as `(((…)))`:
// libpg_query's output recurses once for each operator and ends the process when the stack does.
#include "cli/migration/grammar.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace teal::cli::migration {
namespace {

// Chains that a comma does not end: SELECT 1, 2 UNION SELECT 3, 4 UNION …
constexpr std::array kSetOperations{"union", "intersect", "except"};

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

std::string lower_word(const std::string& sql, std::size_t& at) {
    std::string word;
    for (; at < sql.size() && (is_letter(sql[at]) || (sql[at] >= '0' && sql[at] <= '9')); ++at) {
        word += static_cast<char>(sql[at] >= 'A' && sql[at] <= 'Z' ? sql[at] + 32 : sql[at]);
    }
    return word;
}

struct Level {
    std::size_t chain = 0;  // since the last comma of this level
    std::size_t lasting = 0;
};

}  // namespace

std::size_t nesting_of(const std::string& sql) {
    std::vector<Level> levels(1);
    std::size_t below = 0;  // what the outer levels hold
    std::size_t deepest = 0;
    for (std::size_t at = 0; at < sql.size();) {
        const char c = sql[at];
        if (is_letter(c)) {
            const std::string word = lower_word(sql, at);
            const bool lasts = std::find(kSetOperations.begin(), kSetOperations.end(), word) !=
                               kSetOperations.end();
            ++(lasts ? levels.back().lasting : levels.back().chain);
        } else if (c == '(' || c == '[') {
            below += levels.back().chain + levels.back().lasting + 1;
            levels.emplace_back();
            ++at;
        } else if ((c == ')' || c == ']') && levels.size() > 1) {
            levels.pop_back();
            below -= levels.back().chain + levels.back().lasting + 1;
            ++at;
        } else if (c == ',') {
            levels.back().chain = 0;
            ++at;
        } else {
            levels.back().chain += std::strchr("+-*/<>=~!@#%^&|`?:.", c) != nullptr ? 1u : 0u;
            ++at;
        }
        deepest = std::max(deepest, below + levels.back().chain + levels.back().lasting);
    }
    return deepest;
}

}  // namespace teal::cli::migration
