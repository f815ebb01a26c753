// Who takes part in a split's experiment: pure functions of the visitor's key, so that a visitor is
// in or out for good without a cookie, and so that nginx and `teal traffic explain` agree.
//
// Held out: the point of the key on one ring of its own, with a salt that all splits share. So the
// same visitors are held out of every split, and a bigger holdout contains a smaller one.
// A layer: a ring whose salt comes from its name, of which each experiment owns ranges that no
// other one has. Layers, splits and the holdout are independent because their salts are.
// (As in Tang, Agarwal, O'Brien, Meyer, "Overlapping Experiment Infrastructure", KDD 2010.)
#pragma once

#include "shared/hash/key_hash.hpp"
#include "shared/table/layout.hpp"

#include <cstdint>
#include <string_view>

namespace teal::table {

// Changing one of these changes who is held out and which visitors a layer gives to whom.
inline constexpr std::uint64_t kHoldoutSalt = 0x74656c6f646c6f68;
inline constexpr std::uint64_t kLayerSeed = 0x726579616c6c6165;

inline std::uint64_t layer_salt(std::string_view layer) {
    return key_hash(layer.data(), layer.size(), kLayerSeed);
}

// A piece of a 64-bit ring, both ends included.
struct RingRange {
    std::uint64_t first;
    std::uint64_t last;

    constexpr bool holds(std::uint64_t point) const { return point >= first && point <= last; }
};

// REQUIRES: from_ppm < to_ppm <= kTotalPpm. Adjoining ranges neither overlap nor leave a gap.
constexpr RingRange ring_range(std::uint32_t from_ppm, std::uint32_t to_ppm) {
    __extension__ using Wide = unsigned __int128;
    const auto bound = [](std::uint32_t ppm) {
        return static_cast<std::uint64_t>((static_cast<Wide>(ppm) << 64) / kTotalPpm);
    };
    return {bound(from_ppm), to_ppm == kTotalPpm ? ~std::uint64_t{0} : bound(to_ppm) - 1};
}

// REQUIRES: holdout_ppm <= kTotalPpm.
inline bool is_held_out(const void* key, std::size_t bytes, std::uint32_t holdout_ppm) {
    return holdout_ppm != 0 && ring_range(0, holdout_ppm).holds(key_hash(key, bytes, kHoldoutSalt));
}

}  // namespace teal::table
