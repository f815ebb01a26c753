// A million visitors through ring, hash and choice: shares are what was asked for, to the visitor
// where arithmetic allows it, and a change of weights moves exactly those it must.
#include "shared/guard/sample_ratio.hpp"
#include "shared/hash/key_hash.hpp"
#include "shared/table/route.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/sample_table.hpp"

#include <cstdint>
#include <string>
#include <vector>

using namespace teal::table;
using teal::fixtures::split;
using teal::fixtures::variant;
using teal::guard::Share;

namespace {

constexpr std::uint64_t kVisitors = 1'000'000;
constexpr std::uint64_t kSalt = 0x5eed5eed5eed5eed;
constexpr double kAlpha = 1e-6;

const std::vector<std::uint64_t>& visitor_hashes() {
    static const std::vector<std::uint64_t> hashes = [] {
        std::vector<std::uint64_t> made(kVisitors);
        for (std::uint64_t i = 0; i < kVisitors; ++i) {
            const std::string key = "visitor-" + std::to_string(i);
            made[i] = teal::key_hash(key.data(), key.size(), kSalt);
        }
        return made;
    }();
    return hashes;
}

SplitImage blue_green(std::uint32_t green_ppm) {
    return split("app", kSalt,
                 {variant("blue", kTotalPpm - green_ppm), variant("green", green_ppm)});
}

std::uint64_t count_green(const SplitImage& image) {
    const auto words = encode_record(image);
    const auto& record = *reinterpret_cast<const SplitRecord*>(words.data());
    std::uint64_t green = 0;
    for (const std::uint64_t hash : visitor_hashes()) {
        green += variant_at(record, hash) == 1 ? 1u : 0u;
    }
    return green;
}

bool is_told_apart(std::uint64_t green, double intended) {
    const Share shares[] = {{intended, green}, {1.0 - intended, kVisitors - green}};
    return teal::guard::is_mismatch(shares, 2, kAlpha);
}

}  // namespace

TEST_CASE("A million visitors are split as the weight says, from 0.0001 to 99.99 %") {
    for (const std::uint32_t green_ppm :
         {1u, 100u, 1'000u, 10'000u, 100'000u, 333'333u, 500'000u, 999'900u}) {
        const std::uint64_t green = count_green(blue_green(green_ppm));
        CAPTURE(green_ppm, green);
        CHECK_FALSE(is_told_apart(green, green_ppm / 1e6));
    }
}

TEST_CASE("0 % is nobody and 100 % is everybody") {
    CHECK(count_green(blue_green(0)) == 0);
    CHECK(count_green(blue_green(kTotalPpm)) == kVisitors);
}

TEST_CASE("A router that is off by one in a hundred is caught by the same check") {
    // Negative control: green's piece is cut 1 % short (and, at 10 %, 1 % long).
    CHECK(is_told_apart(count_green(blue_green(495'000)), 0.5));
    CHECK(is_told_apart(count_green(blue_green(97'000)), 0.1));
    CHECK(is_told_apart(count_green(blue_green(103'000)), 0.1));
    // A hash that is not uniform: visitors are numbered instead of hashed.
    const auto words = encode_record(blue_green(100'000));
    const auto& record = *reinterpret_cast<const SplitRecord*>(words.data());
    std::uint64_t green = 0;
    for (std::uint64_t i = 0; i < kVisitors; ++i) {
        green += variant_at(record, i << 40) == 1 ? 1u : 0u;
    }
    CHECK(is_told_apart(green, 0.1));
}

TEST_CASE("Exactly the visitors in the difference change variant when green grows and shrinks") {
    SplitImage image = blue_green(0);
    std::vector<std::uint64_t> before = encode_record(image);
    for (const std::uint32_t green_ppm :
         {1'000u, 10'000u, 100'000u, 500'000u, 250'000u, 1'000'000u, 999'999u, 333'333u, 0u}) {
        const std::uint32_t green_before = image.variants[1].weight_ppm;
        image.variants[0].weight_ppm = kTotalPpm - green_ppm;
        image.variants[1].weight_ppm = green_ppm;
        const std::uint32_t moved_ppm = image.apply_weights();
        CAPTURE(green_before, green_ppm);
        CHECK(moved_ppm ==
              (green_ppm > green_before ? green_ppm - green_before : green_before - green_ppm));
        const std::vector<std::uint64_t> after = encode_record(image);
        std::uint64_t to_green = 0;
        std::uint64_t to_blue = 0;
        for (const std::uint64_t hash : visitor_hashes()) {
            const auto was = variant_at(*reinterpret_cast<const SplitRecord*>(before.data()), hash);
            const auto is = variant_at(*reinterpret_cast<const SplitRecord*>(after.data()), hash);
            to_green += was == 0 && is == 1 ? 1u : 0u;
            to_blue += was == 1 && is == 0 ? 1u : 0u;
        }
        CHECK((green_ppm > green_before ? to_blue : to_green) == 0);
        const std::uint64_t moved = to_green + to_blue;
        CHECK_FALSE(is_told_apart(moved, moved_ppm / 1e6));
        before = after;
    }
}

TEST_CASE("Independent splits place the same visitors independently") {
    // Of the visitors on green in one split, half are on green in another one with its own salt.
    std::uint64_t both = 0;
    std::uint64_t first = 0;
    for (std::uint64_t i = 0; i < 200'000; ++i) {
        const std::string key = "visitor-" + std::to_string(i);
        const bool one = teal::key_hash(key.data(), key.size(), 1) >> 63 != 0;
        const bool two = teal::key_hash(key.data(), key.size(), 2) >> 63 != 0;
        first += one ? 1u : 0u;
        both += one && two ? 1u : 0u;
    }
    const Share shares[] = {{0.5, both}, {0.5, first - both}};
    CHECK_FALSE(teal::guard::is_mismatch(shares, 2, kAlpha));
}
