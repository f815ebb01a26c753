// `teal_metrics;`: the same numbers in Prometheus' text format (version 0.0.4). Samples of one
// metric stand together, as the format asks, so the splits are walked once for each.
#include "nginx-module/configuration.hpp"
#include "nginx-module/page.hpp"
#include "nginx-module/totals.hpp"
#include "nginx-module/worker.hpp"
#include "shared/counters/histogram.hpp"

namespace teal::nginx {
namespace {

using counters::VariantCounters;

// One variant's sums, kept for the length of the page: each metric needs them again.
struct Row {
    const SplitConf* split;
    const VariantConf* variant;
    const table::Variant* entry;  // nullptr: not in the table
    VariantCounters* sum;         // nullptr: never used, all zero
};

struct Rows {
    Row* rows;
    std::uint32_t count;
};

bool is_used(const Overview& overview, const VariantConf& variant, VariantCounters& sum) {
    add_up(overview, variant, sum);
    return sum.started != 0 || sum.decided != 0;
}

bool collect(ngx_http_request_t* r, const Overview& overview, std::uint32_t first,
             std::uint32_t end, Rows* rows) {
    const Snapshot* snapshot = worker().table.current();
    std::uint32_t most = 0;
    for (std::uint32_t i = first; i < end; ++i) {
        most += worker().conf->split(i).variant_count;
    }
    rows->rows = static_cast<Row*>(ngx_palloc(r->pool, most * sizeof(Row) + 1));
    rows->count = 0;
    if (rows->rows == nullptr) {
        return false;
    }
    VariantCounters sum;
    for (std::uint32_t i = first; i < end; ++i) {
        const SplitConf& split = worker().conf->split(i);
        const SplitView* view = snapshot != nullptr ? snapshot->views[i] : nullptr;
        for (std::uint32_t v = 0; v < split.variant_count; ++v) {
            Row& row = rows->rows[rows->count++];
            const bool in_table =
                view != nullptr && view->table_variant[v] != SplitView::kUnmatched;
            row = {&split, &split.variants[v],
                   in_table ? &view->record.variants[view->table_variant[v]] : nullptr, nullptr};
            if (is_used(overview, split.variants[v], sum)) {
                row.sum = static_cast<VariantCounters*>(ngx_palloc(r->pool, sizeof(sum)));
                if (row.sum == nullptr) {
                    return false;
                }
                *row.sum = sum;
            }
        }
    }
    return true;
}

void head(Page& page, const char* name, const char* type, const char* help) {
    page.add("# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void sample(Page& page, const char* name, const Row& row, const char* more, std::uint64_t value) {
    page.add("%s{split=\"%V\",variant=\"%V\"%s} %uL\n", name, &row.split->name, &row.variant->name,
             more, value);
}

void add_counter(Page& page, const Rows& rows, const char* name, const char* help,
                 std::uint64_t VariantCounters::*counter) {
    head(page, name, "counter", help);
    for (std::uint32_t i = 0; i < rows.count; ++i) {
        const Row& row = rows.rows[i];
        sample(page, name, row, "", row.sum != nullptr ? row.sum->*counter : 0);
    }
}

struct Labelled {
    const char* labels;
    std::uint64_t VariantCounters::*counter;
};

constexpr Labelled kOutcomes[] = {
    {",outcome=\"1xx\"", &VariantCounters::status_1xx},
    {",outcome=\"2xx\"", &VariantCounters::status_2xx},
    {",outcome=\"3xx\"", &VariantCounters::status_3xx},
    {",outcome=\"4xx\"", &VariantCounters::status_4xx},
    {",outcome=\"5xx\"", &VariantCounters::status_5xx},
    {",outcome=\"connect_error\"", &VariantCounters::connect_errors},
    {",outcome=\"timeout\"", &VariantCounters::timeouts},
    {",outcome=\"reset\"", &VariantCounters::resets},
    {",outcome=\"client_closed\"", &VariantCounters::client_closed},
    {",outcome=\"stale_connection\"", &VariantCounters::stale_connections},
};

void add_outcomes(Page& page, const Rows& rows) {
    constexpr char kName[] = "teal_attempts_finished_total";
    head(page, kName, "counter", "Upstream attempts that ended, by how they ended.");
    for (std::uint32_t i = 0; i < rows.count; ++i) {
        for (const Labelled& outcome : kOutcomes) {
            const Row& row = rows.rows[i];
            sample(page, kName, row, outcome.labels,
                   row.sum != nullptr ? row.sum->*outcome.counter : 0);
        }
    }
}

// Cumulative buckets at powers of two: every fourth bound of ours, a series of a bounded length.
void add_histogram(Page& page, const Rows& rows, const char* name, const char* help,
                   std::uint64_t (VariantCounters::*buckets)[counters::kBuckets],
                   std::uint64_t VariantCounters::*sum_us) {
    constexpr std::size_t kFirst = 4 + 4 * 5;  // 128 us
    constexpr std::size_t kLast = 4 + 4 * 24;  // 67 s
    head(page, name, "histogram", help);
    for (std::uint32_t i = 0; i < rows.count; ++i) {
        const Row& row = rows.rows[i];
        if (row.sum == nullptr) {
            continue;
        }
        std::uint64_t below = 0;
        std::size_t next = 0;
        for (std::size_t bound = kFirst; bound <= kLast; bound += 4) {
            for (; next < bound; ++next) {
                below += (row.sum->*buckets)[next];
            }
            page.add("%s_bucket{split=\"%V\",variant=\"%V\",le=\"%.6f\"} %uL\n", name,
                     &row.split->name, &row.variant->name,
                     static_cast<double>(counters::bucket_begin(bound)) / 1e6, below);
        }
        for (; next < counters::kBuckets; ++next) {
            below += (row.sum->*buckets)[next];
        }
        page.add("%s_bucket{split=\"%V\",variant=\"%V\",le=\"+Inf\"} %uL\n", name, &row.split->name,
                 &row.variant->name, below)
            .add("%s_sum{split=\"%V\",variant=\"%V\"} %.6f\n", name, &row.split->name,
                 &row.variant->name, static_cast<double>(row.sum->*sum_us) / 1e6)
            .add("%s_count{split=\"%V\",variant=\"%V\"} %uL\n", name, &row.split->name,
                 &row.variant->name, below);
    }
}

void add_gauges(Page& page, const Rows& rows) {
    head(page, "teal_in_flight_attempts", "gauge", "Upstream attempts begun and not ended.");
    for (std::uint32_t i = 0; i < rows.count; ++i) {
        const Row& row = rows.rows[i];
        sample(page, "teal_in_flight_attempts", row, "",
               row.sum != nullptr ? counters::in_flight(*row.sum) : 0);
    }
    head(page, "teal_weight_ratio", "gauge", "Share of the split's traffic, 0 to 1.");
    for (std::uint32_t i = 0; i < rows.count; ++i) {
        const Row& row = rows.rows[i];
        if (row.entry != nullptr) {
            page.add("teal_weight_ratio{split=\"%V\",variant=\"%V\"} %.6f\n", &row.split->name,
                     &row.variant->name, static_cast<double>(row.entry->weight_ppm) / 1e6);
        }
    }
}

ngx_int_t handle(ngx_http_request_t* r) {
    if (const ngx_int_t begun = begin_page(r); begun != NGX_OK) {
        return begun;
    }
    Page page(r);
    std::uint32_t first = 0;
    std::uint32_t end = 0;
    if (worker().conf == nullptr) {
        page.add("# nginx.conf has no teal_split\n");  // nginx refuses to send an empty buffer
        return page.send("text/plain; version=0.0.4");
    }
    if (!select_splits(r, &first, &end)) {
        return NGX_HTTP_NOT_FOUND;
    }
    const Overview overview = take_overview();
    Rows rows{};
    if (!collect(r, overview, first, end, &rows)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    head(page, "teal_generation", "gauge", "Generation of the table that decides.");
    page.add("teal_generation %uL\n", overview.generation);
    head(page, "teal_workers", "gauge", "nginx processes that serve, leaving ones included.");
    page.add("teal_workers %uD\n", overview.applied.workers);
    head(page, "teal_workers_applied", "gauge", "Of those, the ones that use this generation.");
    page.add("teal_workers_applied %uD\n", overview.applied.on_it);
    add_counter(page, rows, "teal_requests_total", "Client requests decided for the variant.",
                &VariantCounters::decided);
    add_counter(page, rows, "teal_attempts_total", "Upstream attempts begun.",
                &VariantCounters::started);
    add_outcomes(page, rows);
    add_counter(page, rows, "teal_attempts_retried_total",
                "Failed attempts that were tried again elsewhere.", &VariantCounters::retried_away);
    add_counter(page, rows, "teal_attempts_lost_total", "Attempts in flight in a worker that died.",
                &VariantCounters::lost);
    add_counter(page, rows, "teal_received_bytes_total", "Bytes received from endpoints.",
                &VariantCounters::bytes_received);
    add_counter(page, rows, "teal_sent_bytes_total", "Bytes sent to endpoints.",
                &VariantCounters::bytes_sent);
    add_gauges(page, rows);
    add_histogram(page, rows, "teal_first_byte_seconds",
                  "Time from choosing an endpoint to the first byte of its answer.",
                  &VariantCounters::first_byte, &VariantCounters::first_byte_sum_us);
    add_histogram(page, rows, "teal_attempt_seconds",
                  "Time from choosing an endpoint to the end of its answer.",
                  &VariantCounters::total, &VariantCounters::total_sum_us);
    return page.send("text/plain; version=0.0.4");
}

}  // namespace

char* read_metrics_directive(ngx_conf_t* cf, ngx_command_t*, void*) {
    auto* location = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
    location->handler = handle;
    return NGX_CONF_OK;
}

}  // namespace teal::nginx
