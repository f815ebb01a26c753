// The words of `teal traffic set`: SPLIT VARIANT=PERCENT… [SPLIT VARIANT=PERCENT…]…
//
// A word with '=' belongs to the split before it; one without starts the next split, or, with
// --state, may name a variant of the split before it.
#pragma once

#include "cli/traffic/weights.hpp"

#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

// Weights as written, checked as far as words alone can tell. Called before the table is opened, so
// that a typing error never waits for a lock. Throws Error (wrong input).
void check_set_words(const std::vector<std::string>& words);

// The requests, with splits found in the table. Throws Error (wrong input).
std::vector<WeightRequest> parse_set_words(const std::vector<std::string>& words,
                                           std::optional<table::VariantState> state,
                                           const table::TableImage& table);

// One VARIANT=PERCENT. Throws Error (wrong input).
NamedVariant parse_weight_word(const std::string& word);

// The split, or an Error (wrong input) with a suggestion.
table::SplitImage& split_named(table::TableImage& table, const std::string& name);

}  // namespace teal::cli
