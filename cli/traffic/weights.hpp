// What a request for weights makes of a split: the variants that were named get what was asked for,
// the others share the rest in their present proportion, exactly in parts per million.
//
// Invariant after every call: weights add up to 100 %, and only open variants have weight.
#pragma once

#include "shared/table/writing/image.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

struct NamedVariant {
    std::string name;
    std::optional<std::uint32_t> weight_ppm;  // nothing: only the state is to change
};

struct WeightRequest {
    std::string split;
    std::vector<NamedVariant> variants;
    std::optional<table::VariantState> state;  // for all variants named
};

// `amount` in the proportion of `parts` (equal parts when all are 0), by largest remainder, the
// earlier one first when remainders are equal. REQUIRES: parts not empty, each <= kTotalPpm.
std::vector<std::uint32_t> share_out(std::uint32_t amount, const std::vector<std::uint32_t>& parts);

// Sets states and weights of the split's variants; the ring is left to apply_weights(). Throws
// Error (wrong input) and leaves the split as it was.
void apply_request(table::SplitImage& split, const WeightRequest& request);

const char* state_text(table::VariantState state);
// Throws Error (wrong input) for anything but open, draining and closed.
table::VariantState parse_state(const std::string& text);

std::vector<std::string> names_of(const std::vector<table::VariantImage>& variants);
std::vector<std::string> names_of(const std::vector<table::SplitImage>& splits);

}  // namespace teal::cli
