// The metrics that are not of a variant: what nginx uses, who uses it, and the guard of each split.
#include "nginx-module/holds.hpp"
#include "nginx-module/metric_sample.hpp"
#include "nginx-module/worker.hpp"
#include "shared/guard/state.hpp"
#include "shared/mapping/shared_word.hpp"
#include "teal_version.hpp"

namespace teal::nginx {
namespace {

void write_build(const GeneralFamily& family, const MetricSource&, MetricText& text) {
    text.text(family.name).text("{version=\"").label_value(kVersion);
    text.text("\",nginx_version=\"").label_value(NGINX_VERSION).text("\"} 1\n");
}

MetricText& plain(MetricText& text, const GeneralFamily& family) {
    return text.text(family.name).text(" ");
}

void write_generation(const GeneralFamily& family, const MetricSource& source, MetricText& text) {
    plain(text, family).number(source.overview.generation).text("\n");
}

void write_published(const GeneralFamily& family, const MetricSource& source, MetricText& text) {
    if (source.snapshot != nullptr) {
        plain(text, family).millionths(source.snapshot->published_unix_ns / 1000).text("\n");
    }
}

// All healths that a table can have, one of which is 1.
void write_health(const GeneralFamily& family, const MetricSource&, MetricText& text) {
    constexpr table::Health kAll[] = {table::Health::ok,      table::Health::missing,
                                      table::Health::foreign, table::Health::unsupported,
                                      table::Health::unsafe,  table::Health::unpublished,
                                      table::Health::moved,   table::Health::damaged};
    for (const table::Health health : kAll) {
        text.text(family.name).text("{health=\"").label_value(table::health_text(health));
        text.text(worker().table.health() == health ? "\"} 1\n" : "\"} 0\n");
    }
}

void write_workers(const GeneralFamily& family, const MetricSource& source, MetricText& text) {
    plain(text, family).number(source.overview.applied.workers).text("\n");
}

void write_applied(const GeneralFamily& family, const MetricSource& source, MetricText& text) {
    plain(text, family).number(source.overview.applied.on_it).text("\n");
}

bool has_counters() {
    return worker().slot != counters::kNoSlot;
}

// Every process says in its slot how the table looked to it.
void write_without_table(const GeneralFamily& family, const MetricSource& source,
                         MetricText& text) {
    std::uint64_t without = 0;
    const std::uint32_t high = has_counters() ? worker().counters.slot_high() : 0;
    for (std::uint32_t i = 0; i < high; ++i) {
        const std::uint32_t health =
            load_shared(worker().counters.slot(i).table_health, std::memory_order_relaxed);
        const bool ok = health == static_cast<std::uint32_t>(table::Health::ok);
        without += source.overview.live[i] && !ok ? 1u : 0u;
    }
    plain(text, family).number(without).text("\n");
}

void write_starts(const GeneralFamily& family, const MetricSource&, MetricText& text) {
    if (!has_counters()) {
        return;
    }
    std::uint64_t starts = 0;
    const std::uint32_t high = worker().counters.slot_high();
    for (std::uint32_t i = 0; i < high; ++i) {
        starts += load_shared(worker().counters.slot(i).claims, std::memory_order_relaxed);
    }
    plain(text, family).number(starts).text("\n");
}

void write_counters_made(const GeneralFamily& family, const MetricSource&, MetricText& text) {
    if (has_counters()) {
        const std::uint64_t made = worker().counters.header().created_unix_ns;
        plain(text, family).millionths(made / 1000).text("\n");
    }
}

// --- splits -------------------------------------------------------------------------------------

MetricText& of_split(MetricText& text, const GeneralFamily& family, const SplitConf& split) {
    return text.text(family.name).text("{split=\"").text(view_of(split.name)).text("\"} ");
}

void write_in_table(const GeneralFamily& family, const MetricSource& source, std::uint32_t split,
                    MetricText& text) {
    of_split(text, family, source.conf->split(split))
        .text(source.view(split) != nullptr ? "1\n" : "0\n");
}

const counters::SplitEntry* entry_of(const SplitConf& split) {
    return has_counters() && split.counters_index != kNoPlace
               ? &worker().counters.split(split.counters_index)
               : nullptr;
}

const table::GuardSettings* armed_guard(const MetricSource& source, std::uint32_t split) {
    const SplitView* view = source.view(split);
    return view != nullptr && view->record.guard.armed != 0 ? &view->record.guard : nullptr;
}

void write_armed(const GeneralFamily& family, const MetricSource& source, std::uint32_t split,
                 MetricText& text) {
    of_split(text, family, source.conf->split(split))
        .text(armed_guard(source, split) != nullptr ? "1\n" : "0\n");
}

// The canary's traffic is away because the guard that is armed took it.
void write_tripped(const GeneralFamily& family, const MetricSource& source, std::uint32_t split,
                   MetricText& text) {
    const SplitConf& conf = source.conf->split(split);
    const table::GuardSettings* guard = armed_guard(source, split);
    const counters::SplitEntry* entry = entry_of(conf);
    bool tripped = false;
    if (guard != nullptr && entry != nullptr) {
        tripped =
            load_shared(entry->tripped, std::memory_order_relaxed) == source.overview.generation ||
            (guard->armed_unix_ns != 0 &&
             load_shared(entry->tripped_arming, std::memory_order_relaxed) == guard->armed_unix_ns);
    }
    of_split(text, family, conf).text(tripped ? "1\n" : "0\n");
}

void write_trips(const GeneralFamily& family, const MetricSource& source, std::uint32_t split,
                 MetricText& text) {
    const SplitConf& conf = source.conf->split(split);
    if (const counters::SplitEntry* entry = entry_of(conf); entry != nullptr) {
        of_split(text, family, conf)
            .number(load_shared(entry->trips, std::memory_order_relaxed))
            .text("\n");
    }
}

// One number of the guard's state, while a guard is armed and has begun to evaluate.
template <double guard::State::*number>
void write_evidence(const GeneralFamily& family, const MetricSource& source, std::uint32_t split,
                    MetricText& text) {
    const SplitConf& conf = source.conf->split(split);
    const table::GuardSettings* guard = armed_guard(source, split);
    const counters::SplitEntry* entry = entry_of(conf);
    if (guard == nullptr || entry == nullptr) {
        return;
    }
    guard::State state;
    copy_from_shared(&state, entry->guard_state, sizeof(state));
    if (state.armed_unix_ns == guard->armed_unix_ns) {
        of_split(text, family, conf).real(state.*number).text("\n");
    }
}

void write_lease(const GeneralFamily& family, const MetricSource& source, std::uint32_t split,
                 MetricText& text) {
    const SplitView* view = source.view(split);
    if (view != nullptr && view->record.guard.lease_expires_unix_ns != 0) {
        of_split(text, family, source.conf->split(split))
            .millionths(view->record.guard.lease_expires_unix_ns / 1000)
            .text("\n");
    }
}

// --- holds --------------------------------------------------------------------------------------

void write_held(const GeneralFamily& family, const MetricSource& source, std::uint32_t split,
                MetricText& text) {
    const SplitConf& conf = source.conf->split(split);
    of_split(text, family, conf).text(active_hold(conf) != nullptr ? "1\n" : "0\n");
}

void write_hold_deadline(const GeneralFamily& family, const MetricSource& source,
                         std::uint32_t split, MetricText& text) {
    const SplitConf& conf = source.conf->split(split);
    if (const Hold* hold = active_hold(conf); hold != nullptr) {
        of_split(text, family, conf).millionths(hold->settings.until_unix_ns / 1000).text("\n");
    }
}

// One count of a split that was ever held; a time is in seconds.
template <std::uint64_t counters::HoldSums::*count, bool is_time = false>
void write_hold(const GeneralFamily& family, const MetricSource& source, std::uint32_t split,
                MetricText& text) {
    const SplitConf& conf = source.conf->split(split);
    if (!was_ever_held(conf)) {
        return;
    }
    const std::uint64_t value = hold_sums(source.overview, conf).*count;
    of_split(text, family, conf);
    (is_time ? text.millionths(value) : text.number(value)).text("\n");
}

}  // namespace

constinit const GeneralFamily kGeneralFamilies[kGeneralFamilyCount] = {
    {"teal_build_info", "gauge", "1; the labels tell the module's and nginx's version.",
     write_build, nullptr},
    {"teal_table_generation", "gauge", "Generation of the publication that decides.",
     write_generation, nullptr},
    {"teal_table_publication_timestamp_seconds", "gauge",
     "When the publication that decides was made, in unix time.", write_published, nullptr},
    {"teal_table_health", "gauge",
     "1 for what the process that was scraped found when it last read the table, 0 for the others.",
     write_health, nullptr},
    {"teal_workers", "gauge", "nginx processes that serve, leaving ones included.", write_workers,
     nullptr},
    {"teal_workers_applied", "gauge", "Of those, the ones that decide by this generation.",
     write_applied, nullptr},
    {"teal_workers_without_table", "gauge",
     "nginx processes that could not read the table when they last looked.", write_without_table,
     nullptr},
    {"teal_worker_starts_total", "counter", "nginx processes that have begun to serve.",
     write_starts, nullptr},
    {"teal_counters_created_timestamp_seconds", "gauge",
     "When all counters began at 0, in unix time.", write_counters_made, nullptr},
    {"teal_split_in_table", "gauge", "1 when the table has the split, 0 when its default serves.",
     nullptr, write_in_table},
    {"teal_guard_armed", "gauge", "1 while the guard watches a canary of the split.", nullptr,
     write_armed},
    {"teal_guard_tripped", "gauge",
     "1 while the canary has no traffic because the guard has taken it away.", nullptr,
     write_tripped},
    {"teal_guard_trips_total", "counter", "Canaries whose traffic the guard has taken away.",
     nullptr, write_trips},
    {"teal_guard_log_evidence", "gauge",
     "Natural logarithm of the evidence against the canary while the guard is armed.", nullptr,
     write_evidence<&guard::State::log_evidence>},
    {"teal_guard_log_evidence_threshold", "gauge",
     "What the evidence has to reach for the guard to trip.", nullptr,
     write_evidence<&guard::State::threshold>},
    {"teal_lease_expiry_timestamp_seconds", "gauge",
     "When the canary's traffic returns unless the lease is renewed, in unix time.", nullptr,
     write_lease},
    {"teal_hold_active", "gauge", "1 while new requests of the split wait inside nginx.", nullptr,
     write_held},
    {"teal_hold_deadline_timestamp_seconds", "gauge",
     "When the hold ends unless it is released before, in unix time.", nullptr,
     write_hold_deadline},
    {"teal_hold_waiting_requests", "gauge", "Requests that wait now.", nullptr,
     write_hold<&counters::HoldSums::waiting>},
    {"teal_hold_requests_total", "counter", "Requests that were made to wait.", nullptr,
     write_hold<&counters::HoldSums::held>},
    {"teal_hold_released_total", "counter",
     "Requests that went on, by a release or at the deadline.", nullptr,
     write_hold<&counters::HoldSums::released>},
    {"teal_hold_expired_total", "counter", "Of these, at the deadline.", nullptr,
     write_hold<&counters::HoldSums::expired>},
    {"teal_hold_left_total", "counter", "Requests whose visitor left while they waited.", nullptr,
     write_hold<&counters::HoldSums::left>},
    {"teal_hold_refused_total", "counter",
     "Requests that got 503 because as many waited as may (teal_hold_limit).", nullptr,
     write_hold<&counters::HoldSums::refused>},
    {"teal_hold_passed_total", "counter",
     "Requests that reached a backend while the split was held.", nullptr,
     write_hold<&counters::HoldSums::passed>},
    {"teal_hold_wait_seconds_total", "counter", "What requests have waited altogether.", nullptr,
     write_hold<&counters::HoldSums::sum_us, true>},
};

}  // namespace teal::nginx
