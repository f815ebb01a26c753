#include "nginx-module/metric_rows.hpp"

#include "nginx-module/worker.hpp"

#include <cstring>

namespace teal::nginx {
namespace {

using counters::VariantCounters;

void write_labels(MetricRow& row) {
    auto* begin = reinterpret_cast<u_char*>(row.labels);
    // Names have no character that would need escaping (shared/table/names.hpp).
    const u_char* end = ngx_snprintf(begin, sizeof(row.labels), "split=\"%V\",variant=\"%V\"",
                                     &row.split->name, &row.variant->name);
    row.label_bytes = static_cast<std::size_t>(end - begin);
}

void accumulate(const std::uint64_t (&from)[counters::kBuckets], MetricBuckets& to) {
    std::uint64_t below = 0;
    std::size_t next = 0;
    for (std::size_t i = 0; i < kBounds; ++i) {
        const std::size_t bound = counters::bucket_of(std::uint64_t{1} << (kLeastPower + i));
        for (; next < bound; ++next) {
            below += from[next];
        }
        to[i] = below;
    }
    for (; next < counters::kBuckets; ++next) {
        below += from[next];
    }
    to[kBounds] = below;
}

bool add_endpoints(ngx_pool_t* pool, const Overview& overview, const counters::SlotSet& used,
                   MetricRow& row) {
    const std::uint32_t count = row.endpoint_count();
    if (count == 0) {
        return true;
    }
    row.endpoints = static_cast<counters::EndpointCounters*>(
        ngx_palloc(pool, count * sizeof(counters::EndpointCounters)));
    for (std::uint32_t e = 0; row.endpoints != nullptr && e < count; ++e) {
        row.endpoints[e] = endpoint_sum(overview, *row.variant, used, row.endpoint(e).slot);
    }
    return row.endpoints != nullptr;
}

// A split with a cookie counts its visitors, one with goals what they did.
bool add_visitors(ngx_pool_t* pool, MetricRow& row) {
    row.visitors = nullptr;
    if (row.split->cookie_name.len == 0) {
        return true;
    }
    row.visitors = static_cast<counters::VisitorSums*>(ngx_palloc(pool, sizeof(*row.visitors)));
    if (row.visitors == nullptr) {
        return false;
    }
    *row.visitors = worker().slot != counters::kNoSlot && row.variant->counters_index != kNoPlace
                        ? counters::visitor_sums(worker().counters, row.variant->counters_index)
                        : counters::VisitorSums{};
    return true;
}

}  // namespace

bool fill_row(ngx_pool_t* pool, const Overview& overview, const SplitConf& split,
              std::uint32_t variant, const SplitView* view, MetricRow& row) {
    row.split = &split;
    row.variant = &split.variants[variant];
    row.view = view;
    row.entry = view != nullptr && view->table_variant[variant] != SplitView::kUnmatched
                    ? &view->record.variants[view->table_variant[variant]]
                    : nullptr;
    row.endpoints = nullptr;
    write_labels(row);
    VariantCounters sum;
    const counters::SlotSet used = used_slots(*row.variant);
    add_up_variant(overview, *row.variant, used, sum);
    static_assert(sizeof(row.words) <= sizeof(sum));
    std::memcpy(row.words, static_cast<const void*>(&sum), sizeof(row.words));
    row.has_attempts = sum.started != 0;
    accumulate(sum.first_byte, row.first_byte);
    accumulate(sum.total, row.total);
    return add_endpoints(pool, overview, used, row) && add_visitors(pool, row);
}

}  // namespace teal::nginx
