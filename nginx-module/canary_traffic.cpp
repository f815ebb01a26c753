#include "nginx-module/canary_traffic.hpp"

#include "nginx-module/worker.hpp"
#include "shared/mapping/shared_word.hpp"

namespace teal::nginx {

bool has_tripped(const SplitConf& split, const SplitView& view, std::uint64_t generation) {
    const table::GuardSettings& guard = view.record.guard;
    if (guard.armed == 0 || worker().slot == counters::kNoSlot ||
        split.counters_index == kNoPlace) {
        return false;
    }
    const counters::SplitEntry& entry = worker().counters.split(split.counters_index);
    return load_shared(entry.tripped, std::memory_order_relaxed) == generation ||
           (guard.armed_unix_ns != 0 &&
            load_shared(entry.tripped_arming, std::memory_order_relaxed) == guard.armed_unix_ns);
}

bool has_expired(const table::GuardSettings& guard) {
    if (guard.lease_expires_unix_ns == 0 || guard.on_lease_expiry == table::kLeaseHolds) {
        return false;
    }
    const ngx_time_t& now = *ngx_timeofday();
    return static_cast<std::uint64_t>(now.sec) * 1'000'000'000u + now.msec * 1'000'000u >
           guard.lease_expires_unix_ns;
}

table::Reason canary_reason(const SplitConf& split, const SplitView& view, std::uint64_t generation,
                            const table::Choice& choice) {
    const table::GuardSettings& guard = view.record.guard;
    if (choice.variant != guard.canary || choice.reason == table::Reason::pin) {
        return choice.reason;
    }
    if (has_tripped(split, view, generation)) {
        return table::Reason::tripped;
    }
    return has_expired(guard) ? table::Reason::expired : choice.reason;
}

std::uint32_t fallback_of(const SplitConf& split, const SplitView& view) {
    const std::uint8_t baseline = view.conf_variant[view.record.guard.baseline];
    return baseline != SplitView::kUnmatched ? baseline : split.default_variant;
}

}  // namespace teal::nginx
