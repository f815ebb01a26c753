// A million distinct keys through the code every worker runs (hash, ring, choice): are the shares
// what was asked for, and do exactly the keys in the difference move when the weights change?
#include "shared/guard/sample_ratio.hpp"
#include "shared/hash/key_hash.hpp"
#include "shared/table/route.hpp"
#include "shared/table/writing/image.hpp"
#include "tests/bench/figure.hpp"

#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

using namespace teal;
using namespace teal::bench;
using table::kTotalPpm;

namespace {

constexpr std::uint64_t kKeys = 1'000'000;
constexpr std::uint64_t kSalt = 0xbe9c4;
constexpr double kAlpha = 1e-6;

std::vector<std::uint64_t> hashes_of_keys() {
    std::vector<std::uint64_t> hashes(kKeys);
    for (std::uint64_t i = 0; i < kKeys; ++i) {
        const std::string key = "session-" + std::to_string(i);
        hashes[i] = key_hash(key.data(), key.size(), kSalt);
    }
    return hashes;
}

table::SplitImage split_of(const std::vector<std::uint32_t>& weights) {
    table::SplitImage split;
    split.name = "app";
    split.salt = kSalt;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        split.variants.push_back({std::string(1, static_cast<char>('a' + i)),
                                  weights[i],
                                  table::VariantState::open,
                                  {}});
    }
    split.apply_weights();
    return split;
}

class Record {
public:
    explicit Record(const table::SplitImage& split) : words_(table::encode_record(split)) {}
    std::uint32_t variant_at(std::uint64_t hash) const {
        return table::variant_at(*reinterpret_cast<const table::SplitRecord*>(words_.data()), hash);
    }

private:
    std::vector<std::uint64_t> words_;
};

std::uint64_t count(const Record& record, const std::vector<std::uint64_t>& hashes,
                    std::uint32_t variant) {
    std::uint64_t counted = 0;
    for (const std::uint64_t hash : hashes) {
        counted += record.variant_at(hash) == variant ? 1u : 0u;
    }
    return counted;
}

bool is_told_apart(std::uint64_t counted, double intended) {
    const guard::Share shares[] = {{intended, counted}, {1.0 - intended, kKeys - counted}};
    return guard::is_mismatch(shares, 2, kAlpha);
}

// Keys that move although their variant lost nothing, or to a variant that gained nothing; the
// parts per million that moved are compared with what had to.
struct Moves {
    std::uint64_t moved = 0;
    std::uint64_t needless = 0;
    std::uint32_t moved_ppm = 0;
    std::uint32_t least_ppm = 0;
};

Moves change(table::SplitImage& split, const std::vector<std::uint32_t>& weights,
             const std::vector<std::uint64_t>& hashes) {
    const Record before(split);
    std::vector<std::int64_t> gain;
    Moves moves;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        gain.push_back(std::int64_t{weights[i]} - std::int64_t{split.variants[i].weight_ppm});
        moves.least_ppm += gain[i] > 0 ? static_cast<std::uint32_t>(gain[i]) : 0u;
        split.variants[i].weight_ppm = weights[i];
    }
    moves.moved_ppm = split.apply_weights();
    const Record after(split);
    for (const std::uint64_t hash : hashes) {
        const std::uint32_t was = before.variant_at(hash);
        const std::uint32_t is = after.variant_at(hash);
        if (was != is) {
            ++moves.moved;
            moves.needless += gain[was] >= 0 || gain[is] <= 0 ? 1u : 0u;
        }
    }
    return moves;
}

bool report_changes(const std::string& title, const std::vector<std::vector<std::uint32_t>>& steps,
                    const std::vector<std::uint64_t>& hashes) {
    table::SplitImage split = split_of(steps[0]);
    std::uint64_t needless = 0;
    std::uint64_t moved = 0;
    bool exact = true;
    for (std::size_t i = 1; i < steps.size(); ++i) {
        const Moves moves = change(split, steps[i], hashes);
        needless += moves.needless;
        moved += moves.moved;
        exact = exact && moves.needless == 0 && moves.moved_ppm == moves.least_ppm &&
                !is_told_apart(moves.moved, moves.moved_ppm / 1e6);
    }
    print_figure(
        "keys that change variant, " + title + ", " + std::to_string(steps.size() - 1) + " changes",
        std::to_string(moved) + " moved, " + std::to_string(needless) + " needlessly", "",
        "only the difference", met_if(exact));
    return exact;
}

}  // namespace

int main() {
    const std::vector<std::uint64_t> hashes = hashes_of_keys();
    bool silent = true;
    std::string shares;
    for (const std::uint32_t ppm :
         {1u, 100u, 1'000u, 10'000u, 100'000u, 333'333u, 500'000u, 999'900u}) {
        const std::uint64_t green = count(Record(split_of({kTotalPpm - ppm, ppm})), hashes, 1);
        const bool alarm = is_told_apart(green, ppm / 1e6);
        std::printf("%9.4f %% asked for, %9.4f %% of %llu keys%s\n", ppm / 1e4,
                    static_cast<double>(green) * 100.0 / kKeys,
                    static_cast<unsigned long long>(kKeys), alarm ? "  ALARM" : "");
        silent = silent && !alarm;
    }
    // Negative control: the same test must speak when a share is off by a percent of itself.
    const bool speaks =
        is_told_apart(count(Record(split_of({kTotalPpm - 97'000, 97'000})), hashes, 1), 0.1);
    print_figure("sample ratio test, 8 shares from 0.0001 to 99.99 %, 10^6 keys, alpha 1e-6",
                 silent ? "silent" : "alarm",
                 std::string("a share 3 % off: ") + (speaks ? "alarm" : "silent"), "silent",
                 met_if(silent && speaks));
    const std::uint64_t at_zero = count(Record(split_of({kTotalPpm, 0})), hashes, 1);
    const std::uint64_t at_all = count(Record(split_of({0, kTotalPpm})), hashes, 1);
    print_figure("keys on green at 0 % and at 100 %",
                 std::to_string(at_zero) + " and " + std::to_string(at_all), "",
                 "0 and " + std::to_string(kKeys), met_if(at_zero == 0 && at_all == kKeys));

    report_changes("2 variants",
                   {{1'000'000, 0},
                    {999'000, 1'000},
                    {990'000, 10'000},
                    {500'000, 500'000},
                    {750'000, 250'000},
                    {0, 1'000'000},
                    {666'667, 333'333},
                    {1'000'000, 0}},
                   hashes);
    report_changes("3 variants",
                   {{1'000'000, 0, 0},
                    {900'000, 50'000, 50'000},
                    {400'000, 300'000, 300'000},
                    {333'334, 333'333, 333'333},
                    {100'000, 700'000, 200'000},
                    {0, 0, 1'000'000},
                    {500'000, 250'000, 250'000},
                    {500'000, 500'000, 0}},
                   hashes);
    return 0;
}
