// The choice itself: pure functions from a split's record and what is known of a request to a
// variant and the reason for it. nginx's workers run this code for every request, and
// `teal traffic explain` runs the same code, so the two cannot disagree.
//
// Thread safety: none needed, nothing here writes shared memory.
#pragma once

#include "shared/table/layout.hpp"

#include <cstdint>

namespace teal::table {

// Why a request got its variant, strongest first; the text is what $teal_<split>_reason says.
enum class Reason : std::uint8_t { pin, when, sticky, key, only, fallback, tripped, expired };

constexpr const char* reason_text(Reason reason) {
    constexpr const char* kText[] = {"pin",  "when",    "sticky",  "key",
                                     "only", "default", "tripped", "expired"};
    return kText[static_cast<unsigned>(reason)];
}

inline constexpr std::uint32_t kNoVariant = 0xffffffffu;

struct Choice {
    std::uint32_t variant;  // index into the record's variants, or kNoVariant
    Reason reason;
};

// What the request brings, as variant indexes of the record; kNoVariant: nothing, or no such name.
struct Wishes {
    std::uint32_t pin = kNoVariant;
    std::uint32_t when = kNoVariant;
    std::uint32_t sticky = kNoVariant;
};

// Variant whose segment holds the hash. REQUIRES: record validated, segment_count >= 1.
inline std::uint32_t variant_at(const SplitRecord& record, std::uint64_t hash) {
    const std::uint32_t last = record.segment_count - 1;
    std::uint32_t i = 0;
    while (i < last && hash >= record.segments[i].bound) {
        ++i;
    }
    return record.segments[i].variant;
}

// The variant that has the whole ring, or kNoVariant.
inline std::uint32_t sole_variant(const SplitRecord& record) {
    return record.segment_count == 1 ? record.segments[0].variant : kNoVariant;
}

constexpr VariantState state_of(const Variant& variant) {
    return static_cast<VariantState>(variant.state);
}

// A rule may send visitors to an open variant at any weight: beta testers see a release at 0 %.
inline bool takes_when(const Variant& variant) {
    return state_of(variant) == VariantState::open;
}

// A remembered visitor stays while the variant has weight or is draining; an open variant at 0 %
// has been switched away from, and keeping anybody on it would make "0 %" untrue.
inline bool takes_sticky(const Variant& variant) {
    return (state_of(variant) == VariantState::open && variant.weight_ppm > 0) ||
           state_of(variant) == VariantState::draining;
}

// What of the decision needs no hash: pin > when > sticky > only. {kNoVariant, key}: hash the key.
inline Choice choose_without_key(const SplitRecord& record, const Wishes& wishes) {
    if (wishes.pin != kNoVariant) {
        return {wishes.pin, Reason::pin};
    }
    if (wishes.when != kNoVariant && takes_when(record.variants[wishes.when])) {
        return {wishes.when, Reason::when};
    }
    if (wishes.sticky != kNoVariant && takes_sticky(record.variants[wishes.sticky])) {
        return {wishes.sticky, Reason::sticky};
    }
    const std::uint32_t sole = sole_variant(record);
    if (sole != kNoVariant) {
        return {sole, Reason::only};
    }
    return {kNoVariant, Reason::key};
}

}  // namespace teal::table
