// `teal_status;`: what this nginx does with the table, as JSON. `?split=NAME` tells of one split.
#include "nginx-module/configuration.hpp"
#include "nginx-module/holds.hpp"
#include "nginx-module/page.hpp"
#include "nginx-module/totals.hpp"
#include "nginx-module/worker.hpp"
#include "teal_version.hpp"

namespace teal::nginx {
namespace {

constexpr const char* kStates[] = {"open", "draining", "closed"};

void add_latency(Page& page, const char* name, const std::uint64_t (&buckets)[counters::kBuckets]) {
    page.add("\"%s\":{\"p50\":%.3f,\"p90\":%.3f,\"p99\":%.3f}", name,
             counters::quantile(buckets, 0.50) / 1000.0, counters::quantile(buckets, 0.90) / 1000.0,
             counters::quantile(buckets, 0.99) / 1000.0);
}

void add_counts(Page& page, const counters::VariantCounters& sum) {
    page.add("\"decided\":%uL,\"started\":%uL,\"finished\":%uL,\"in_flight\":%uL,\"lost\":%uL,",
             sum.decided, sum.started, sum.finished, counters::in_flight(sum), sum.lost)
        .add(
            "\"errors\":%uL,\"status\":{\"1xx\":%uL,\"2xx\":%uL,\"3xx\":%uL,\"4xx\":%uL,"
            "\"5xx\":%uL},",
            counters::errors(sum), sum.status_1xx, sum.status_2xx, sum.status_3xx, sum.status_4xx,
            sum.status_5xx)
        .add(
            "\"connect_errors\":%uL,\"timeouts\":%uL,\"resets\":%uL,\"client_closed\":%uL,"
            "\"stale_connections\":%uL,",
            sum.connect_errors, sum.timeouts, sum.resets, sum.client_closed, sum.stale_connections)
        .add("\"retried_away\":%uL,\"slow\":%uL,\"bytes_received\":%uL,\"bytes_sent\":%uL,",
             sum.retried_away, sum.slow, sum.bytes_received, sum.bytes_sent);
    add_latency(page, "first_byte_ms", sum.first_byte);
    page.add(",");
    add_latency(page, "total_ms", sum.total);
}

// Of a sticky split: its visitors, and what they did of each goal.
void add_experiment(Page& page, const SplitConf& split, const VariantConf& variant) {
    counters::VisitorSums sums;
    if (worker().slot != counters::kNoSlot && variant.counters_index != kNoPlace) {
        sums = counters::visitor_sums(worker().counters, variant.counters_index);
    }
    page.add(",\"exposures\":%uL,\"goals\":{", sums.exposures);
    for (std::uint32_t g = 0; g < split.goal_count; ++g) {
        const GoalConf& goal = split.goals[g];
        const counters::GoalCounters counts =
            goal.place != kNoPlace ? sums.goals[goal.place] : counters::GoalCounters{};
        page.add("%s\"%V\":{\"conversions\":%uL,\"valued\":%uL,\"value_sum\":", g == 0 ? "" : ",",
                 &goal.name, counts.conversions, counts.valued)
            .add_number(counts.value_sum)
            .add(",\"value_square_sum\":")
            .add_number(counts.value_square_sum)
            .add("}");
    }
    page.add("}");
}

void add_endpoints(Page& page, const table::SplitRecord& record, const table::Variant& variant,
                   const counters::VariantCounters& sum) {
    page.add(",\"endpoints\":[");
    for (std::uint32_t e = 0; e < variant.endpoint_count; ++e) {
        const table::Endpoint& endpoint = record.endpoints()[variant.first_endpoint + e];
        const counters::EndpointCounters& counts = sum.endpoints[endpoint.slot];
        page.add("%s{\"address\":", e == 0 ? "" : ",")
            .add_string({endpoint.text, endpoint.text_bytes})
            .add(",\"attempts\":%uL,\"failures\":%uL,\"in_flight\":%uD,\"avoided_by\":%uD}",
                 counts.attempts, counts.failures, counts.in_flight, counts.avoided);
    }
    page.add("]");
}

void add_variant(Page& page, const Overview& overview, const SplitConf& split,
                 const VariantConf& variant, const SplitView* view, std::uint8_t table_variant) {
    counters::VariantCounters sum;
    add_up(overview, variant, sum);
    page.add("\"%V\":{", &variant.name);
    const bool in_table = view != nullptr && table_variant != SplitView::kUnmatched;
    if (in_table) {
        const table::Variant& entry = view->record.variants[table_variant];
        page.add("\"weight_percent\":%.4f,\"state\":\"%s\",",
                 static_cast<double>(entry.weight_ppm) / 10000.0, kStates[entry.state]);
    }
    add_counts(page, sum);
    if (split.cookie_name.len != 0) {
        add_experiment(page, split, variant);
    }
    if (in_table && variant.upstream == nullptr) {
        add_endpoints(page, view->record, view->record.variants[table_variant], sum);
    } else if (variant.upstream != nullptr) {
        page.add(",\"upstream\":").add_string(view_of(variant.upstream_name));
    }
    page.add("}");
}

void add_hold(Page& page, const Overview& overview, const SplitConf& split) {
    const Hold* hold = active_hold(split);
    const counters::HoldSums sums = hold_sums(overview, split);
    page.add("\"hold\":{\"held\":%s,\"until_unix_ns\":", hold != nullptr ? "true" : "false");
    if (hold != nullptr) {
        page.add("%uL", hold->settings.until_unix_ns);
    } else {
        page.add("null");
    }
    page.add(",\"waiting\":%uL,\"requests\":%uL,\"released\":%uL,\"expired\":%uL,\"left\":%uL,",
             sums.waiting, sums.held, sums.released, sums.expired, sums.left)
        .add("\"refused\":%uL,\"passed\":%uL,\"longest_ms\":%.3f},", sums.refused, sums.passed,
             static_cast<double>(sums.longest_us) / 1000.0);
}

void add_split(Page& page, const Overview& overview, const SplitConf& split) {
    const Snapshot* snapshot = worker().table.current();
    const SplitView* view = snapshot != nullptr ? snapshot->views[split.index] : nullptr;
    const std::uint64_t tripped = tripped_generation(split);
    page.add("\"%V\":{\"in_table\":%s,\"default\":\"%V\",\"tripped\":%s,", &split.name,
             view != nullptr ? "true" : "false", &split.variants[split.default_variant].name,
             tripped != 0 && tripped == overview.generation ? "true" : "false");
    add_hold(page, overview, split);
    page.add("\"variants\":{");
    for (std::uint32_t v = 0; v < split.variant_count; ++v) {
        page.add(v == 0 ? "" : ",");
        add_variant(page, overview, split, split.variants[v], view,
                    view != nullptr ? view->table_variant[v] : SplitView::kUnmatched);
    }
    page.add("}}");
}

ngx_int_t handle(ngx_http_request_t* r) {
    if (const ngx_int_t begun = begin_page(r); begun != NGX_OK) {
        return begun;
    }
    Page page(r);
    std::uint32_t first = 0;
    std::uint32_t end = 0;
    if (worker().conf == nullptr) {
        page.add("{\"module_version\":\"%s\",\"splits\":{}}\n", kVersion);
        return page.send("application/json");
    }
    if (!select_splits(r, &first, &end)) {
        return NGX_HTTP_NOT_FOUND;
    }
    const Overview overview = take_overview();
    page.add("{\"module_version\":\"%s\",\"nginx_version\":\"%s\",\"pid\":%P,", kVersion,
             NGINX_VERSION, ngx_pid)
        .add("\"table\":{\"path\":")
        .add_string(view_of(worker().conf->table_path))
        .add(",\"health\":\"%s\",\"generation\":%uL,\"published_unix_ns\":%uL},",
             table::health_text(worker().table.health()), overview.generation,
             worker().table.current() != nullptr ? worker().table.current()->published_unix_ns : 0)
        .add("\"workers\":{\"live\":%uD,\"on_generation\":%uD},\"splits\":{",
             overview.applied.workers, overview.applied.on_it);
    for (std::uint32_t i = first; i < end; ++i) {
        page.add(i == first ? "" : ",");
        add_split(page, overview, worker().conf->split(i));
    }
    page.add("}}\n");
    return page.send("application/json");
}

}  // namespace

char* read_status_directive(ngx_conf_t* cf, ngx_command_t*, void*) {
    auto* location = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
    location->handler = handle;
    return NGX_CONF_OK;
}

}  // namespace teal::nginx
