#include "nginx-module/dashboard_split.hpp"

#include "nginx-module/canary_traffic.hpp"
#include "nginx-module/holds.hpp"
#include "nginx-module/worker.hpp"
#include "shared/experiment/beta_mixture.hpp"
#include "shared/guard/state.hpp"
#include "shared/mapping/shared_word.hpp"

namespace teal::nginx {
namespace {

constexpr double kPart = 1e-9;           // of the guard's settings
constexpr double kIntervalAlpha = 0.05;  // chance that a rate's interval is ever wrong

// JSON has no infinity, and nobody reads a logarithm beyond a thousand.
double told(double value) {
    constexpr double kMost = 1000.0;
    return value > kMost ? kMost : value >= -kMost ? value : value < -kMost ? -kMost : 0.0;
}

std::uint64_t ms_of(std::uint64_t ns) {
    return ns / 1'000'000u;
}

// [first bucket that counted anything, its count, the next one's, … up to the last]
void add_buckets(Page& page, const std::uint64_t (&buckets)[counters::kBuckets]) {
    std::size_t first = 0;
    std::size_t end = counters::kBuckets;
    while (first < end && buckets[first] == 0) {
        ++first;
    }
    while (end > first && buckets[end - 1] == 0) {
        --end;
    }
    page.add(",\"first_byte\":[%uz", first);
    for (std::size_t b = first; b < end; ++b) {
        page.add(",%uL", buckets[b]);
    }
    page.add("]");
}

void add_endpoints(Page& page, const table::SplitRecord& record, const table::Variant& variant,
                   const counters::VariantCounters& sum) {
    page.add(",\"endpoints\":[");
    for (std::uint32_t e = 0; e < variant.endpoint_count; ++e) {
        const table::Endpoint& endpoint = record.endpoints()[variant.first_endpoint + e];
        const counters::EndpointCounters& counts = sum.endpoints[endpoint.slot];
        page.add(e == 0 ? "[" : ",[")
            .add_string({endpoint.text, endpoint.text_bytes})
            .add(",%uL,%uL,%uD,%uD]", counts.attempts, counts.failures, counts.in_flight,
                 counts.avoided);
    }
    page.add("]");
}

// Of an experiment: visitors, and for each goal [conversions, lowest, highest rate]; the interval
// holds at every look (see beta_mixture.hpp), because this page is looked at all the time.
void add_visitors(Page& page, const SplitConf& split, const VariantConf& variant) {
    if (split.goal_count == 0 || worker().slot == counters::kNoSlot ||
        variant.counters_index == kNoPlace) {
        return;
    }
    const counters::VisitorSums sums =
        counters::visitor_sums(worker().counters, variant.counters_index);
    page.add(",\"exposures\":%uL,\"goals\":[", sums.exposures);
    for (std::uint32_t g = 0; g < split.goal_count; ++g) {
        const std::uint32_t place = split.goals[g].place;
        const std::uint64_t reached = place != kNoPlace ? sums.goals[place].conversions : 0;
        // More than visitors only after the counters were made anew.
        const std::uint64_t missed = sums.exposures > reached ? sums.exposures - reached : 0;
        const experiment::Interval rate =
            experiment::chance_interval(experiment::kAnyChance, static_cast<double>(reached),
                                        static_cast<double>(missed), kIntervalAlpha);
        page.add("%s[%uL,%.6f,%.6f]", g == 0 ? "" : ",", reached, told(rate.low), told(rate.high));
    }
    page.add("]");
}

void add_variant(Page& page, const Overview& overview, const SplitConf& split,
                 const VariantConf& variant, const SplitView* view, const table::Variant* entry) {
    counters::VariantCounters sum;
    add_up(overview, variant, sum);
    page.add("{\"name\":\"%V\",\"weight_ppm\":%d,\"state\":%d,", &variant.name,
             entry == nullptr ? -1 : static_cast<int>(entry->weight_ppm),
             entry == nullptr ? 0 : static_cast<int>(entry->state))
        .add("\"decided\":%uL,\"started\":%uL,\"finished\":%uL,\"in_flight\":%uL,\"lost\":%uL,",
             sum.decided, sum.started, sum.finished, counters::in_flight(sum), sum.lost)
        .add("\"errors\":%uL,\"status_5xx\":%uL,\"connect_errors\":%uL,\"timeouts\":%uL,",
             counters::errors(sum), sum.status_5xx, sum.connect_errors, sum.timeouts)
        .add("\"resets\":%uL,\"retried_away\":%uL", sum.resets, sum.retried_away);
    add_buckets(page, sum.first_byte);
    add_visitors(page, split, variant);
    if (variant.upstream != nullptr) {
        page.add(",\"upstream\":").add_string(view_of(variant.upstream_name));
    } else if (entry != nullptr) {
        add_endpoints(page, view->record, *entry, sum);
    }
    page.add("}");
}

// [[end in ppm, nginx.conf's variant or -1], …]
void add_ring(Page& page, const SplitView& view) {
    page.add(",\"ring\":[");
    for (std::uint32_t s = 0; s < view.record.segment_count; ++s) {
        const table::Segment& segment = view.record.segments[s];
        const std::uint8_t variant = view.conf_variant[segment.variant];
        page.add("%s[%uD,%d]", s == 0 ? "" : ",", segment.end_ppm,
                 variant == SplitView::kUnmatched ? -1 : static_cast<int>(variant));
    }
    page.add("]");
}

void add_evidence(Page& page, const SplitConf& split, const table::GuardSettings& settings) {
    guard::State state{};
    if (worker().slot != counters::kNoSlot && split.counters_index != kNoPlace) {
        const auto& entry = worker().counters.split(split.counters_index);
        copy_from_shared(&state, entry.guard_state, sizeof(state));
    }
    // A state of another arming says nothing of this one.
    if (settings.armed == 0 || state.armed_unix_ns != settings.armed_unix_ns) {
        page.add(",\"evidence\":null");
        return;
    }
    const guard::CanaryCounts& counts = state.evidence.counts;
    page.add(",\"evidence\":{\"ln\":%.4f,\"threshold\":%.4f,\"tripped_ms\":%uL,\"ticked_ms\":%uL,",
             told(state.log_evidence), told(state.threshold), ms_of(state.tripped_unix_ns),
             ms_of(state.ticked_unix_ns))
        .add("\"canary\":[%uL,%uL],\"baseline\":[%uL,%uL]}", counts.canary.done, counts.canary.bad,
             counts.baseline.done, counts.baseline.bad);
}

void add_canary(Page& page, const SplitConf& split, const SplitView& view) {
    const table::GuardSettings& settings = view.record.guard;
    page.add(",\"canary\":{\"canary\":")
        .add_string(view.record.variants[settings.canary].name)
        .add(",\"baseline\":")
        .add_string(view.record.variants[settings.baseline].name)
        .add(",\"armed\":%s,\"margin\":%.4f,\"objective\":%.6f,\"lease_expires_ms\":%uL,",
             settings.armed != 0 ? "true" : "false",
             told(static_cast<double>(settings.margin_e9) * kPart),
             told(static_cast<double>(settings.objective_e9) * kPart),
             ms_of(settings.lease_expires_unix_ns))
        .add("\"lease_holds\":%s",
             settings.on_lease_expiry == table::kLeaseHolds ? "true" : "false");
    add_evidence(page, split, settings);
    page.add("}");
}

// Of a split that was ever held.
void add_hold(Page& page, const Overview& overview, const SplitConf& split) {
    if (!was_ever_held(split)) {
        return;
    }
    const Hold* hold = active_hold(split);
    const counters::HoldSums sums = hold_sums(overview, split);
    page.add(",\"hold\":{\"left_ms\":%uL,\"waiting\":%uL,\"requests\":%uL,\"released\":%uL,",
             hold != nullptr ? milliseconds_left(*hold) : 0, sums.waiting, sums.held, sums.released)
        .add("\"expired\":%uL,\"left\":%uL,\"refused\":%uL,\"passed\":%uL,\"longest_ms\":%uL}",
             sums.expired, sums.left, sums.refused, sums.passed, sums.longest_us / 1000);
}

}  // namespace

const SplitView* view_of_split(const SplitConf& split) {
    const Snapshot* snapshot = worker().table.current();
    return snapshot != nullptr ? snapshot->views[split.index] : nullptr;
}

const table::Variant* table_variant(const SplitView* view, std::uint32_t variant) {
    return view != nullptr && view->table_variant[variant] != SplitView::kUnmatched
               ? &view->record.variants[view->table_variant[variant]]
               : nullptr;
}

SplitState state_of(const SplitConf& split, const SplitView* view, const Overview& overview) {
    if (view == nullptr) {
        return SplitState::absent;
    }
    if (!has_canary(*view)) {
        return SplitState::serving;
    }
    return has_tripped(split, *view, overview.generation) ? SplitState::tripped
           : has_expired(view->record.guard)              ? SplitState::expired
                                                          : SplitState::canary;
}

void add_split_details(Page& page, const Overview& overview, const SplitConf& split) {
    const SplitView* view = view_of_split(split);
    page.add("{\"name\":\"%V\",\"state\":%d,\"default\":%uD,\"rules\":", &split.name,
             static_cast<int>(state_of(split, view, overview)), split.default_variant)
        .add_string(view_of(split.rules));
    if (view != nullptr) {
        add_ring(page, *view);
    }
    if (view != nullptr && has_canary(*view)) {
        add_canary(page, split, *view);
    }
    add_hold(page, overview, split);
    page.add(",\"goals\":[");
    for (std::uint32_t g = 0; g < split.goal_count; ++g) {
        page.add("%s\"%V\"", g == 0 ? "" : ",", &split.goals[g].name);
    }
    page.add("],\"variants\":[");
    for (std::uint32_t v = 0; v < split.variant_count; ++v) {
        page.add(v == 0 ? "" : ",");
        add_variant(page, overview, split, split.variants[v], view, table_variant(view, v));
    }
    page.add("]}");
}

}  // namespace teal::nginx
