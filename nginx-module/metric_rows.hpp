// What a scrape tells of one variant: sums over all processes, taken once, so that samples that
// belong together agree (a histogram's buckets, count and sum above all).
#pragma once

#include "nginx-module/configuration.hpp"
#include "nginx-module/table_view.hpp"
#include "nginx-module/totals.hpp"
#include "shared/counters/histogram.hpp"

namespace teal::nginx {

// Upper bounds of a scrape's histograms: the counters' own at powers of two, 2^8 to 2^24
// microseconds (0.26 ms to 16.8 s), so that every count is exact. All of the counters' bounds would
// be seven times as many series.
inline constexpr std::size_t kLeastPower = 8;
inline constexpr std::size_t kBounds = 17;

// Cumulative; the last one, +Inf, is the count.
using MetricBuckets = std::uint64_t[kBounds + 1];

struct MetricRow {
    static constexpr std::size_t kWords =
        offsetof(counters::VariantCounters, first_byte) / sizeof(std::uint64_t);

    const SplitConf* split;
    const VariantConf* variant;
    const SplitView* view;                  // nullptr: the split is not in the table
    const table::Variant* entry;            // nullptr: the variant is not in the table
    counters::EndpointCounters* endpoints;  // of the entry's endpoints; nullptr: it has none
    counters::VisitorSums* visitors;        // of an experiment; nullptr: the split is none
    bool has_attempts;                      // histograms of what was never used are left out
    std::uint64_t words[kWords];            // the counters up to the histograms
    MetricBuckets first_byte;
    MetricBuckets total;
    char labels[table::kSplitNameBytes + table::kVariantNameBytes + 24];  // split="a",variant="b"
    std::size_t label_bytes;

    std::string_view label_text() const { return {labels, label_bytes}; }
    // Endpoints that nginx takes from the table: none when nginx.conf names an upstream.
    std::uint32_t endpoint_count() const {
        return entry == nullptr || variant->upstream != nullptr ? 0 : entry->endpoint_count;
    }
    const table::Endpoint& endpoint(std::uint32_t e) const {
        return view->record.endpoints()[entry->first_endpoint + e];
    }
};

// Place of a counter in MetricRow::words.
constexpr std::size_t word_at(std::size_t offset) {
    return offset / sizeof(std::uint64_t);
}

// Adds the variant up. False: no memory. REQUIRES: `view` lives as long as the row.
bool fill_row(ngx_pool_t* pool, const Overview& overview, const SplitConf& split,
              std::uint32_t variant, const SplitView* view, MetricRow& row);

}  // namespace teal::nginx
