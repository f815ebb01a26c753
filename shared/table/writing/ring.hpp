// Cutting a split's hash ring into pieces: new weights take from old ones only what they must.
//
// A visitor whose point on the ring keeps its variant keeps its variant, so the least traffic
// moves when exactly the surplus of the shrinking variants goes to the growing ones. Cutting the
// ring afresh in variant order (what split_clients does on a reload) moves visitors between
// variants whose own weights did not change.
#pragma once

#include "shared/table/writing/image.hpp"

#include <cstdint>
#include <vector>

namespace teal::table {

// The ring with variants in order, each in one piece. REQUIRES: weights add up to kTotalPpm.
Ring cut_afresh(const std::vector<std::uint32_t>& weights_ppm);

// The ring for `weights_ppm`, changed as little as can be; cut afresh when `ring` is empty, or when
// the result would have more than kMaxSegments pieces. Pieces of variants beyond the weights (taken
// out of the split) are handed to the others. REQUIRES: weights add up to kTotalPpm.
Ring recut(const Ring& ring, const std::vector<std::uint32_t>& weights_ppm);

// Parts per million of the ring that belong to different variants in the two rings.
std::uint32_t moved_ppm(const Ring& before, const Ring& after);

// The 64-bit bound that stands for a point in parts per million: point * 2^64 / 10^6.
std::uint64_t bound_of(std::uint32_t end_ppm);

}  // namespace teal::table
