#include "cli/traffic/set_words.hpp"

#include "cli/error.hpp"
#include "cli/suggestion.hpp"
#include "cli/traffic/percent.hpp"

#include <algorithm>

namespace teal::cli {
namespace {

constexpr char kShape[] = "write: teal traffic set SPLIT VARIANT=PERCENT, as in app green=25";

bool is_weight(const std::string& word) {
    return word.find('=') != std::string::npos;
}

void add_split(std::vector<WeightRequest>& requests, const std::string& name,
               std::optional<table::VariantState> state) {
    const bool known = std::any_of(requests.begin(), requests.end(),
                                   [&](const WeightRequest& r) { return r.split == name; });
    if (known) {
        throw wrong_input("split \"" + name + "\" is named twice",
                          "put all weights of " + name + " behind its name");
    }
    requests.push_back({name, {}, state});
}

}  // namespace

NamedVariant parse_weight_word(const std::string& word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
        throw wrong_input("\"" + word + "\" is not VARIANT=PERCENT", kShape);
    }
    const std::string value = word.substr(equals + 1);
    std::string error;
    const std::optional<std::uint32_t> ppm = parse_percent(value, error);
    if (!ppm) {
        throw wrong_input("weight \"" + value + "\" of " + word.substr(0, equals) + " " + error,
                          kShape);
    }
    return {word.substr(0, equals), ppm};
}

void check_set_words(const std::vector<std::string>& words) {
    if (words.empty() || is_weight(words[0])) {
        throw wrong_input(
            words.empty() ? "no split was named" : "\"" + words[0] + "\" stands before any split",
            kShape);
    }
    for (const std::string& word : words) {
        if (is_weight(word)) {
            (void)parse_weight_word(word);
        }
    }
}

std::vector<WeightRequest> parse_set_words(const std::vector<std::string>& words,
                                           std::optional<table::VariantState> state,
                                           const table::TableImage& table) {
    check_set_words(words);
    std::vector<WeightRequest> requests;
    for (const std::string& word : words) {
        if (is_weight(word)) {
            requests.back().variants.push_back(parse_weight_word(word));
            continue;
        }
        const table::SplitImage* current =
            requests.empty() ? nullptr : table.find(requests.back().split);
        const bool is_variant = current != nullptr && current->find(word) != nullptr;
        if (is_variant && state) {
            requests.back().variants.push_back({word, std::nullopt});
        } else if (is_variant && table.find(word) == nullptr) {
            throw wrong_input("variant \"" + word + "\" of " + current->name + " has no weight",
                              "write " + word + "=PERCENT, or add --state");
        } else if (current != nullptr && table.find(word) == nullptr &&
                   requests.back().variants.empty()) {
            const std::vector<std::string> known = names_of(current->variants);
            throw wrong_input(
                current->name + " has no variant \"" + word + "\"" + did_you_mean(word, known),
                "use one of " + listed(known));
        } else {
            add_split(requests, word, state);
        }
    }
    for (const WeightRequest& request : requests) {
        if (request.variants.empty() && table.find(request.split) != nullptr) {
            throw wrong_input("nothing is said about split \"" + request.split + "\"",
                              state ? "name the variant whose state is to change" : kShape);
        }
    }
    return requests;
}

table::SplitImage& split_named(table::TableImage& table, const std::string& name) {
    table::SplitImage* split = table.find(name);
    if (split == nullptr) {
        const std::vector<std::string> known = names_of(table.splits);
        throw wrong_input("there is no split \"" + name + "\"" + did_you_mean(name, known),
                          known.empty() ? "make it: teal init --split " + name
                                        : "use one of " + listed(known) +
                                              ", or make it: teal init --split " + name);
    }
    return *split;
}

}  // namespace teal::cli
