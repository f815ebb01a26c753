#include "cli/migration/directives.hpp"

#include "cli/suggestion.hpp"

#include <algorithm>

namespace teal::cli::migration {
namespace {

constexpr std::string_view kBlank = " \t\r\f\v";

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string_view take_word(std::string_view& text) {
    text = trimmed(text);
    const std::size_t end = std::min(text.find_first_of(kBlank), text.size());
    const std::string_view word = text.substr(0, end);
    text = trimmed(text.substr(end));
    return word;
}

std::vector<std::string> rule_names() {
    std::vector<std::string> names;
    for (const RuleFacts& facts : rule_table()) {
        if (facts.kind != RuleKind::file) {
            names.emplace_back(facts.id);
        }
    }
    return names;
}

std::size_t piece_of(std::string_view text, const Split& split, const Range& comment) {
    const std::vector<Piece>& pieces = split.pieces;
    // Pieces are in the order of their ends: a psql command within a statement is before it.
    const auto next = std::upper_bound(
        pieces.begin(), pieces.end(), comment.begin,
        [](std::size_t offset, const Piece& piece) { return offset < piece.range.end; });
    if (next != pieces.begin()) {
        const std::size_t end = (next - 1)->range.end;
        const bool inside_next = next != pieces.end() && next->range.begin < comment.begin;
        if (!inside_next &&
            text.substr(end, comment.begin - end).find('\n') == std::string_view::npos) {
            return static_cast<std::size_t>(next - pieces.begin()) - 1;
        }
    }
    return static_cast<std::size_t>(next - pieces.begin());
}

class Reader {
public:
    Reader(std::string_view text, const Split& split) : text_(text), split_(split) {}

    Directives run() {
        for (const Range& comment : split_.comments) {
            std::string_view words =
                trimmed(text_.substr(comment.begin + 2, comment.end - comment.begin - 2));
            if (words.starts_with("teal:")) {
                words.remove_prefix(5);
                read(words, comment);
            } else if (words.starts_with("migrate:down") || words.starts_with("+goose Down")) {
                found_.down = found_.down.value_or(comment.begin);
            } else if (words.starts_with("+goose NO TRANSACTION") ||
                       (words.starts_with("migrate:up") &&
                        words.find("transaction:false") != std::string_view::npos)) {
                found_.no_transaction = true;
            }
        }
        return std::move(found_);
    }

private:
    void read(std::string_view words, const Range& comment) {
        const std::string_view verb = take_word(words);
        if (verb == "contract") {
            found_.contract = true;
        } else if (verb == "ignore") {
            read_ignore(words, comment);
        } else {
            bad(comment, "\"-- teal: " + std::string(verb) + "\" is no directive" +
                             did_you_mean(verb, {"ignore", "contract"}));
        }
    }

    void read_ignore(std::string_view words, const Range& comment) {
        const std::string name(take_word(words));
        const auto rule = rule_of(name);
        if (!rule) {
            bad(comment, name.empty() ? "ignore names no rule"
                                      : "there is no rule \"" + name + "\"" +
                                            did_you_mean(name, rule_names()));
        } else if (facts_of(*rule).kind == RuleKind::file) {
            bad(comment, "\"" + name + "\" cannot be ignored");
        } else if (words.find_first_not_of("-:., ") == std::string_view::npos) {
            bad(comment, "ignore " + name + " gives no reason");
        } else {
            found_.ignores.push_back(
                {*rule, std::string(words), comment, piece_of(text_, split_, comment), false});
        }
    }

    void bad(const Range& comment, std::string problem) {
        found_.bad.push_back({comment.begin, std::move(problem),
                              "-- teal: ignore RULE reason, or -- teal: contract; teal db lint "
                              "--rules lists the rules"});
    }

    std::string_view text_;
    const Split& split_;
    Directives found_{};
};

}  // namespace

Directives read_directives(std::string_view text, const Split& split) {
    return Reader(text, split).run();
}

}  // namespace teal::cli::migration
