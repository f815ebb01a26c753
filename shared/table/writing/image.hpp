// The table as ordinary C++ values: what the CLI reads, edits and publishes. nginx never sees it.
#pragma once

#include "shared/table/layout.hpp"
#include "shared/table/reader.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace teal::table {

// A stretch of a split's ring, from the end of the piece before it up to end_ppm.
struct RingPiece {
    std::uint32_t end_ppm;
    std::uint32_t variant;
    bool operator==(const RingPiece&) const = default;
};
using Ring = std::vector<RingPiece>;

struct VariantImage {
    std::string name;
    std::uint32_t weight_ppm = 0;
    VariantState state = VariantState::open;
    std::vector<Endpoint> endpoints;
};

struct SplitImage {
    std::string name;
    std::uint64_t salt = 0;
    std::uint64_t changed_generation = 0;
    GuardSettings guard{};
    HoldSettings hold{};
    std::vector<VariantImage> variants;
    Ring ring;

    VariantImage* find(std::string_view variant);
    const VariantImage* find(std::string_view variant) const;
    // Re-cuts the ring to the variants' weights, moving as little traffic as can be. REQUIRES:
    // weights add up to kTotalPpm. Returns the parts per million that changed hands.
    std::uint32_t apply_weights();
};

struct TableImage {
    std::uint64_t generation = 0;
    std::uint64_t published_unix_ns = 0;
    std::uint64_t membership_generation = 0;
    std::vector<SplitImage> splits;

    SplitImage* find(std::string_view split);
    const SplitImage* find(std::string_view split) const;
};

// Reads the whole table. Repeats while others publish, a bounded number of times; `unpublished`
// leaves an empty image.
Health read_image(const Reader& reader, TableImage& image);

// The record's bytes, as the file holds them. REQUIRES: names, counts and ring within the limits.
std::vector<std::uint64_t> encode_record(const SplitImage& split);
SplitImage decode_record(const SplitRecord& record);

}  // namespace teal::table
