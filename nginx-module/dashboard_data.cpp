#include "nginx-module/dashboard_data.hpp"

#include "nginx-module/canary_traffic.hpp"
#include "nginx-module/dashboard_events.hpp"
#include "nginx-module/dashboard_split.hpp"
#include "nginx-module/holds.hpp"
#include "nginx-module/page.hpp"
#include "nginx-module/totals.hpp"
#include "nginx-module/worker.hpp"
#include "shared/mapping/shared_word.hpp"
#include "teal_version.hpp"

namespace teal::nginx {
namespace {

// Numbers and names only, in a fixed order: a thousand splits are told twice a second.
//   ["app", state, [["blue", weight in ppm or -1, variant state, decided, errors, in flight], …]]
// and one more, 1, while the split is held.
void add_entry(Page& page, const Overview& overview, const SplitConf& split) {
    const SplitView* view = view_of_split(split);
    page.add("[\"%V\",%d,[", &split.name, static_cast<int>(state_of(split, view, overview)));
    for (std::uint32_t v = 0; v < split.variant_count; ++v) {
        counters::VariantCounters sum;
        add_up(overview, split.variants[v], sum);
        const table::Variant* entry = table_variant(view, v);
        page.add("%s[\"%V\",%d,%d,%uL,%uL,%uL]", v == 0 ? "" : ",", &split.variants[v].name,
                 entry == nullptr ? -1 : static_cast<int>(entry->weight_ppm),
                 entry == nullptr ? 0 : static_cast<int>(entry->state), sum.decided,
                 counters::errors(sum), counters::in_flight(sum));
    }
    page.add(active_hold(split) != nullptr ? "],1]" : "]]");
}

void add_list(Page& page, const Overview& overview) {
    page.add(",\"list\":[");
    for (std::uint32_t i = 0; i < worker().conf->splits.nelts; ++i) {
        page.add(i == 0 ? "" : ",");
        add_entry(page, overview, worker().conf->split(i));
    }
    page.add("]");
}

void add_machine(Page& page, const Overview& overview) {
    const Snapshot* snapshot = worker().table.current();
    const bool counts = worker().slot != counters::kNoSlot;
    page.add("{\"module_version\":\"%s\",\"now_ms\":%uL,\"counted_since_ms\":%uL,", kVersion,
             unix_ns() / 1'000'000u,
             counts ? worker().counters.header().created_unix_ns / 1'000'000u : 0)
        .add("\"counts\":%s,\"table\":{\"path\":", counts ? "true" : "false")
        .add_string(::teal::nginx::view_of(worker().conf->table_path))
        .add(",\"health\":\"%s\",\"generation\":%uL,\"published_ms\":%uL},",
             table::health_text(worker().table.health()), overview.generation,
             snapshot != nullptr ? snapshot->published_unix_ns / 1'000'000u : 0)
        .add("\"workers\":{\"live\":%uD,\"applied\":%uD},\"splits\":%ui", overview.applied.workers,
             overview.applied.on_it, worker().conf->splits.nelts);
}

std::string_view argument(ngx_http_request_t* r, std::string_view name) {
    ngx_str_t value;
    const ngx_str_t key = nginx_text(name);
    return ngx_http_arg(r, key.data, key.len, &value) == NGX_OK ? view_of(value)
                                                                : std::string_view{};
}

}  // namespace

ngx_int_t send_dashboard_data(ngx_http_request_t* r) {
    std::uint32_t first = 0;
    std::uint32_t end = 0;
    if (worker().conf == nullptr) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;  // nginx reloads without a master, and has no split
    }
    if (!select_splits(r, &first, &end)) {
        return NGX_HTTP_NOT_FOUND;
    }
    const Overview overview = take_overview();
    Page page(r);
    add_machine(page, overview);
    page.add(",\"split\":");
    add_split_details(page, overview, worker().conf->split(first));
    if (argument(r, "list") != "no") {
        add_list(page, overview);
    }
    page.add(",\"events\":");
    add_events(page, r, argument(r, "events"));
    page.add("}\n");
    return page.send("application/json");
}

}  // namespace teal::nginx
