// `-- teal:` comments: what a file's author says to the linter.
#pragma once

#include "cli/migration/rules.hpp"
#include "cli/migration/statement_split.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace teal::cli::migration {

struct Ignore {
    Rule rule;
    std::string reason;
    Range comment;
    std::size_t piece = 0;  // of the split: the statement it is about
    bool used = false;
};

struct BadDirective {
    std::size_t offset;
    std::string problem;
    std::string remedy;
};

struct Directives {
    std::vector<Ignore> ignores{};
    std::vector<BadDirective> bad{};
    bool contract = false;
    // Where migration tools that keep both ways in one file begin the way back
    // (`-- migrate:down`, `-- +goose Down`): what follows is not linted.
    std::optional<std::size_t> down{};
    bool no_transaction = false;  // `transaction:false`, `NO TRANSACTION`
};

// An ignore is about the statement it stands in or behind on the same line, else about the next.
Directives read_directives(std::string_view text, const Split& split);

}  // namespace teal::cli::migration
