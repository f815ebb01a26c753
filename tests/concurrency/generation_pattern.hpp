// Images that say which generation they belong to, in every split, weight, salt and endpoint: a
// reader can tell a mix of two publications whatever part of them it got.
#pragma once

#include "shared/table/writing/image.hpp"
#include "tests/fixtures/sample_table.hpp"

#include <cstdint>
#include <string>

namespace teal::concurrency {

inline constexpr std::uint32_t kPatternSplits = 4;

inline std::uint64_t mixed(std::uint64_t generation, std::uint64_t what) {
    std::uint64_t x = generation * 0x9E3779B97F4A7C15u + what * 0xBF58476D1CE4E5B9u;
    x ^= x >> 31;
    return x * 0x94D049BB133111EBu;
}

inline table::SplitImage pattern_split(std::uint64_t generation, std::uint32_t which) {
    const auto green = static_cast<std::uint32_t>(mixed(generation, which) % table::kTotalPpm);
    table::SplitImage split;
    split.name = "split" + std::to_string(which);
    split.salt = mixed(generation, 100 + which);
    split.guard.alpha_e9 = generation;
    split.variants = {fixtures::variant("blue", table::kTotalPpm - green),
                      fixtures::variant("green", green)};
    // The number of endpoints changes too, so that records move about in the buffer.
    for (std::uint32_t e = 0; e < 1 + generation % 7; ++e) {
        const std::uint64_t port = 1 + mixed(generation, 1000 + which * 10 + e) % 65'535;
        split.variants[e % 2].endpoints.push_back(
            fixtures::endpoint("10.0.0.1:" + std::to_string(port), e));
    }
    split.apply_weights();
    return split;
}

inline table::TableImage pattern_image(std::uint64_t generation) {
    table::TableImage image;
    for (std::uint32_t i = 0; i < kPatternSplits; ++i) {
        image.splits.push_back(pattern_split(generation, i));
    }
    return image;
}

// True when the split is exactly what the generation's image has.
inline bool is_of_generation(const table::SplitImage& split, std::uint64_t generation,
                             std::uint32_t which) {
    table::SplitImage expected = pattern_split(generation, which);
    expected.changed_generation = split.changed_generation;
    return split.changed_generation <= generation &&
           table::encode_record(split) == table::encode_record(expected);
}

inline bool is_of_generation(const table::TableImage& image, std::uint64_t generation) {
    bool same = image.generation == generation && image.splits.size() == kPatternSplits;
    for (std::uint32_t i = 0; same && i < kPatternSplits; ++i) {
        same = is_of_generation(image.splits[i], generation, i);
    }
    return same;
}

}  // namespace teal::concurrency
