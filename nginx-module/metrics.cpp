// `teal_metrics;`: everything nginx counts, in Prometheus' text format (version 0.0.4).
// `?split=NAME` tells of one split.
#include "nginx-module/metric_families.hpp"
#include "nginx-module/page.hpp"
#include "nginx-module/slices.hpp"
#include "nginx-module/watch.hpp"
#include "nginx-module/worker.hpp"

namespace teal::nginx {
namespace {

constexpr char kContentType[] = "text/plain; version=0.0.4";

// What a slice may take: time to add up, or text to write.
struct SliceLimits {
    std::uint64_t turn_us;
    std::size_t bytes;
};
constexpr SliceLimits kQuick{300, kSliceBytes};
constexpr SliceLimits kConsiderate{50, 24 * 1024};

// Of one scrape, in the request's pool.
struct Scrape {
    ngx_pool_t* pool;
    Snapshot* held;  // nullptr: no usable table
    MetricSource source;
    MetricPosition position;
    std::uint32_t next_split;    // to be added up
    std::uint32_t next_variant;  // of it
};

void let_go(void* data) {
    release(static_cast<Scrape*>(data)->held);
}

std::uint32_t variants_in(const MainConf& conf, std::uint32_t first, std::uint32_t end) {
    std::uint32_t count = 0;
    for (std::uint32_t i = first; i < end; ++i) {
        count += conf.split(i).variant_count;
    }
    return count;
}

// Adds up for as long as a turn may take. False: no memory.
bool add_up_some(Scrape& scrape, std::uint64_t turn_us) {
    const std::uint64_t until = monotonic_us() + turn_us;
    MetricSource& source = scrape.source;
    while (scrape.next_split < source.end && monotonic_us() < until) {
        const SplitConf& split = source.conf->split(scrape.next_split);
        if (!fill_row(scrape.pool, source.overview, split, scrape.next_variant,
                      source.view(scrape.next_split), source.rows[source.row_count])) {
            return false;
        }
        ++source.row_count;
        if (++scrape.next_variant == split.variant_count) {
            ++scrape.next_split;
            scrape.next_variant = 0;
        }
    }
    return true;
}

Slice make_slice(void* data, ngx_buf_t* buffer, Pace pace) {
    Scrape& scrape = *static_cast<Scrape*>(data);
    const SliceLimits& limits = pace == Pace::quick ? kQuick : kConsiderate;
    // Without a master process a reload changes the process's splits under a scrape.
    if (worker().conf != scrape.source.conf || !add_up_some(scrape, limits.turn_us)) {
        return Slice::failed;
    }
    if (scrape.next_split < scrape.source.end) {
        return Slice::more;
    }
    MetricText text(buffer->last, buffer->end);
    const bool all = write_families(scrape.source, scrape.position, text, limits.bytes);
    buffer->last = text.at();
    return text.is_cut() ? Slice::failed : all ? Slice::last : Slice::more;
}

// nullptr: no memory.
Scrape* begin_scrape(ngx_http_request_t* r, std::uint32_t first, std::uint32_t end) {
    ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(r->pool, sizeof(Scrape));
    if (cleanup == nullptr) {
        return nullptr;
    }
    auto* scrape = static_cast<Scrape*>(cleanup->data);
    ngx_memzero(scrape, sizeof(*scrape));
    scrape->pool = r->pool;
    scrape->next_split = first;
    scrape->source.conf = worker().conf;
    scrape->source.first = first;
    scrape->source.end = end;
    scrape->source.overview = take_overview();
    const std::uint32_t rows = variants_in(*worker().conf, first, end);
    scrape->source.rows =
        static_cast<MetricRow*>(ngx_palloc(r->pool, rows * sizeof(MetricRow) + 1));
    scrape->held = worker().table.current();
    if (scrape->held != nullptr) {
        ++scrape->held->references;
    }
    scrape->source.snapshot = scrape->held;
    cleanup->handler = let_go;
    return scrape->source.rows != nullptr ? scrape : nullptr;
}

ngx_int_t handle(ngx_http_request_t* r) {
    if (const ngx_int_t begun = begin_page(r); begun != NGX_OK) {
        return begun;
    }
    if (worker().conf == nullptr) {
        Page page(r);
        page.add("# nginx.conf has no teal_split\n");  // nginx refuses to send an empty buffer
        return page.send(kContentType);
    }
    std::uint32_t first = 0;
    std::uint32_t end = 0;
    if (!select_splits(r, &first, &end)) {
        return NGX_HTTP_NOT_FOUND;
    }
    Scrape* scrape = begin_scrape(r, first, end);
    return scrape == nullptr ? NGX_HTTP_INTERNAL_SERVER_ERROR
                             : send_in_slices(r, kContentType, make_slice, scrape);
}

}  // namespace

char* read_metrics_directive(ngx_conf_t* cf, ngx_command_t*, void*) {
    auto* location = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
    location->handler = handle;
    return NGX_CONF_OK;
}

}  // namespace teal::nginx
