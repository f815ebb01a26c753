// The metrics themselves: names, meanings and samples. Samples of one metric stand together, as the
// format asks, so the splits are walked once for each of them, a slice at a time.
//
// Cardinality, for the README and for whoever adds a metric: at most 17 series of the page, 8 for
// each split and 9 more when it was ever held, 23 for each variant and 40 more when it had attempts, 4 for each endpoint, and in an
// experiment 1 for each variant and 4 for each of its goals. None has a label whose values come
// from requests.
#pragma once

#include "nginx-module/metric_rows.hpp"
#include "nginx-module/metric_text.hpp"

namespace teal::nginx {

// What a scrape tells about; lives in the request's pool.
struct MetricSource {
    const MainConf* conf;
    const Snapshot* snapshot;  // nullptr: no usable table
    Overview overview;
    std::uint32_t first;  // splits, from …
    std::uint32_t end;    // … to before
    MetricRow* rows;
    std::uint32_t row_count;

    const SplitView* view(std::uint32_t split) const {
        return snapshot != nullptr ? snapshot->views[split] : nullptr;
    }
};

// Where the walk stands; begins all zero.
struct MetricPosition {
    std::size_t family;
    std::uint32_t place;  // split or row
};

// Writes as many steps as surely fit, none after `enough` bytes. True: that was all.
bool write_families(const MetricSource& source, MetricPosition& position, MetricText& text,
                    std::size_t enough);

}  // namespace teal::nginx
