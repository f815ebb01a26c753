// The choice itself: pure functions from a split's record and what is known of a request to a
// variant and the reason for it. nginx's workers run this code for every request, and
// `teal traffic explain` runs the same code, so the two cannot disagree.
//
// Thread safety: none needed, nothing here writes shared memory.
#pragma once

#include "shared/table/layout.hpp"

#include <cstdint>

namespace teal::table {

// Why a request got its variant; the text is what $teal_<split>_reason says.
enum class Reason : std::uint8_t {
    pin,
    when,
    sticky,
    key,
    only,
    fallback,
    tripped,
    expired,
    excluded,
    holdout,
    layer,
};

constexpr const char* reason_text(Reason reason) {
    constexpr const char* kText[] = {"pin",     "when",    "sticky",   "key",     "only", "default",
                                     "tripped", "expired", "excluded", "holdout", "layer"};
    return kText[static_cast<unsigned>(reason)];
}

inline constexpr std::uint32_t kNoVariant = 0xffffffffu;

struct Choice {
    std::uint32_t variant;  // index into the record's variants, or kNoVariant
    Reason reason;
};

// Why a request takes no part in the split's experiment, strongest first.
enum class Absence : std::uint8_t { none, excluded, holdout, layer };

// What the request brings, as variant indexes of the record; kNoVariant: nothing, or no such name.
struct Wishes {
    std::uint32_t pin = kNoVariant;
    std::uint32_t when = kNoVariant;
    std::uint32_t sticky = kNoVariant;
    Absence absence = Absence::none;
    std::uint32_t home = kNoVariant;  // nginx.conf's default, which the absent get
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

// Who takes no part gets the default variant, as long as it takes visitors at all: a winner has the
// whole ring, and then nobody may be left on a variant that is about to be stopped. {kNoVariant,
// …}: the ring decides.
inline Choice choose_for_absent(const SplitRecord& record, const Wishes& wishes) {
    const Reason reason = wishes.absence == Absence::excluded  ? Reason::excluded
                          : wishes.absence == Absence::holdout ? Reason::holdout
                                                               : Reason::layer;
    if (const std::uint32_t sole = sole_variant(record); sole != kNoVariant) {
        return {sole, reason};
    }
    const bool home_serves = wishes.home != kNoVariant &&
                             takes_when(record.variants[wishes.home]) &&
                             record.variants[wishes.home].weight_ppm > 0;
    return {home_serves ? wishes.home : kNoVariant, reason};
}

// What of the decision needs no hash: pin > excluded > when > holdout > layer > sticky > only.
// A variant of kNoVariant: hash the key. Holdout and layer go before the cookie, so that a holdout
// that grows and a layer that is divided anew take hold of known visitors, too.
inline Choice choose_without_key(const SplitRecord& record, const Wishes& wishes) {
    if (wishes.pin != kNoVariant) {
        return {wishes.pin, Reason::pin};
    }
    if (wishes.absence == Absence::excluded) {
        return choose_for_absent(record, wishes);
    }
    if (wishes.when != kNoVariant && takes_when(record.variants[wishes.when])) {
        return {wishes.when, Reason::when};
    }
    if (wishes.absence != Absence::none) {
        return choose_for_absent(record, wishes);
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
