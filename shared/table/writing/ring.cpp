#include "shared/table/writing/ring.hpp"

#include <algorithm>
#include <limits>

namespace teal::table {
namespace {

constexpr std::uint32_t kFree = std::numeric_limits<std::uint32_t>::max();

// A piece by its length: easier to cut and to join than by its end.
struct Stretch {
    std::uint32_t length;
    std::uint32_t variant;  // or kFree while it looks for a new owner
};
using Stretches = std::vector<Stretch>;

// Pieces of variants that are no longer there are free from the start.
Stretches stretches_of(const Ring& ring, std::size_t variants) {
    Stretches stretches;
    std::uint32_t begin = 0;
    for (const RingPiece& piece : ring) {
        stretches.push_back(
            {piece.end_ppm - begin, piece.variant < variants ? piece.variant : kFree});
        begin = piece.end_ppm;
    }
    return stretches;
}

Ring ring_of(const Stretches& stretches) {
    Ring ring;
    std::uint32_t end = 0;
    for (const Stretch& stretch : stretches) {
        end += stretch.length;
        if (!ring.empty() && ring.back().variant == stretch.variant) {
            ring.back().end_ppm = end;
        } else {
            ring.push_back({end, stretch.variant});
        }
    }
    return ring;
}

// Lengths each variant must give up (positive) or gets (negative).
std::vector<std::int64_t> surplus_of(const Stretches& stretches,
                                     const std::vector<std::uint32_t>& weights) {
    std::vector<std::int64_t> surplus(weights.size());
    for (std::size_t v = 0; v < weights.size(); ++v) {
        surplus[v] = -static_cast<std::int64_t>(weights[v]);
    }
    for (const Stretch& stretch : stretches) {
        if (stretch.variant != kFree) {
            surplus[stretch.variant] += stretch.length;
        }
    }
    return surplus;
}

bool wants_more(const std::vector<std::int64_t>& surplus, const Stretches& stretches,
                std::size_t at) {
    return at < stretches.size() && stretches[at].variant != kFree &&
           surplus[stretches[at].variant] < 0;
}

// Frees what `variant` must give up: its shortest pieces whole, which keeps the ring in few
// pieces, then a cut from the next one, at the side where a growing neighbour can take it over.
void release(Stretches& stretches, std::uint32_t variant, std::vector<std::int64_t>& surplus) {
    while (surplus[variant] > 0) {
        std::size_t shortest = stretches.size();
        for (std::size_t i = 0; i < stretches.size(); ++i) {
            if (stretches[i].variant == variant &&
                (shortest == stretches.size() ||
                 stretches[i].length < stretches[shortest].length)) {
                shortest = i;
            }
        }
        const auto wanted = static_cast<std::uint32_t>(surplus[variant]);
        if (stretches[shortest].length <= wanted) {
            surplus[variant] -= stretches[shortest].length;
            stretches[shortest].variant = kFree;
            continue;
        }
        const bool from_the_left = shortest > 0 && wants_more(surplus, stretches, shortest - 1) &&
                                   !wants_more(surplus, stretches, shortest + 1);
        stretches[shortest].length -= wanted;
        const auto place = stretches.begin() + static_cast<std::ptrdiff_t>(shortest);
        stretches.insert(from_the_left ? place : place + 1, Stretch{wanted, kFree});
        surplus[variant] = 0;
    }
}

// Who takes the free stretch at `at`: a growing neighbour, since that makes no new piece, else
// whoever lacks most.
std::uint32_t taker_of(const Stretches& stretches, std::size_t at,
                       const std::vector<std::int64_t>& surplus) {
    if (at > 0 && wants_more(surplus, stretches, at - 1)) {
        return stretches[at - 1].variant;
    }
    if (wants_more(surplus, stretches, at + 1)) {
        return stretches[at + 1].variant;
    }
    return static_cast<std::uint32_t>(std::min_element(surplus.begin(), surplus.end()) -
                                      surplus.begin());
}

void hand_out(Stretches& stretches, std::vector<std::int64_t>& surplus) {
    for (std::size_t i = 0; i < stretches.size(); ++i) {
        if (stretches[i].variant != kFree) {
            continue;
        }
        const std::uint32_t taker = taker_of(stretches, i, surplus);
        const auto missing = static_cast<std::uint32_t>(-surplus[taker]);
        if (stretches[i].length <= missing) {
            surplus[taker] += stretches[i].length;
            stretches[i].variant = taker;
            continue;
        }
        // The taker gets the side it borders on; the rest stays free for the next round.
        const bool borders_right = i + 1 < stretches.size() && stretches[i + 1].variant == taker &&
                                   !(i > 0 && stretches[i - 1].variant == taker);
        const std::uint32_t rest = stretches[i].length - missing;
        surplus[taker] = 0;
        stretches[i] = {missing, taker};
        const auto place = stretches.begin() + static_cast<std::ptrdiff_t>(i);
        stretches.insert(borders_right ? place : place + 1, Stretch{rest, kFree});
        if (borders_right) {
            --i;  // the rest now stands at i: look at it again
        }
    }
}

}  // namespace

Ring cut_afresh(const std::vector<std::uint32_t>& weights_ppm) {
    Stretches stretches;
    for (std::uint32_t v = 0; v < weights_ppm.size(); ++v) {
        if (weights_ppm[v] > 0) {
            stretches.push_back({weights_ppm[v], v});
        }
    }
    return ring_of(stretches);
}

Ring recut(const Ring& ring, const std::vector<std::uint32_t>& weights_ppm) {
    if (ring.empty()) {
        return cut_afresh(weights_ppm);
    }
    Stretches stretches = stretches_of(ring, weights_ppm.size());
    std::vector<std::int64_t> surplus = surplus_of(stretches, weights_ppm);
    for (std::uint32_t v = 0; v < weights_ppm.size(); ++v) {
        release(stretches, v, surplus);
    }
    hand_out(stretches, surplus);
    Ring result = ring_of(stretches);
    return result.size() <= kMaxSegments ? result : cut_afresh(weights_ppm);
}

std::uint32_t moved_ppm(const Ring& before, const Ring& after) {
    std::uint32_t moved = 0;
    std::uint32_t at = 0;
    std::size_t b = 0;
    std::size_t a = 0;
    while (b < before.size() && a < after.size()) {
        const std::uint32_t next = std::min(before[b].end_ppm, after[a].end_ppm);
        if (before[b].variant != after[a].variant) {
            moved += next - at;
        }
        at = next;
        const bool before_ends = before[b].end_ppm == next;
        const bool after_ends = after[a].end_ppm == next;
        b += before_ends ? 1u : 0u;
        a += after_ends ? 1u : 0u;
    }
    return moved;
}

std::uint64_t bound_of(std::uint32_t end_ppm) {
    if (end_ppm >= kTotalPpm) {
        return std::numeric_limits<std::uint64_t>::max();
    }
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<Wide>(end_ppm) << 64) / kTotalPpm);
}

}  // namespace teal::table
