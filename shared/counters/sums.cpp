#include "shared/counters/sums.hpp"

#include "shared/counters/slots.hpp"
#include "shared/mapping/shared_word.hpp"

#include <cstring>

namespace teal::counters {
namespace {

constexpr std::size_t kPlainWords = offsetof(VariantCounters, endpoints) / sizeof(std::uint64_t);
constexpr std::size_t kLostWord = offsetof(VariantCounters, lost) / sizeof(std::uint64_t);
static_assert(kLostWord == 3);  // after decided, started and finished, which need their order

void add_endpoint(const EndpointCounters& from, bool live, EndpointCounters& sum) {
    sum.attempts += load_shared(from.attempts, std::memory_order_relaxed);
    sum.failures += load_shared(from.failures, std::memory_order_relaxed);
    if (live) {
        sum.in_flight += load_shared(from.in_flight, std::memory_order_relaxed);
        sum.avoided += load_shared(from.avoided, std::memory_order_relaxed);
    }
}

// What died with the slot's owner. REQUIRES: `gone`, started - finished, was read before.
//
// Who was dead when `live` was taken may have an heir meanwhile, and then `gone` has what the heir
// has in flight in it, which comes back: asked again after the reading, for that is rare.
std::uint64_t lost_in(const File& file, std::uint32_t slot, bool live, std::uint64_t gone,
                      const std::uint64_t& lost) {
    if (live) {
        return load_shared(lost, std::memory_order_relaxed);
    }
    const std::uint64_t folded = load_shared(lost, std::memory_order_relaxed);
    return gone == folded || !is_slot_live(file, slot)
               ? gone
               : load_shared(lost, std::memory_order_relaxed);
}

}  // namespace

LiveSlots live_slots(const File& file) {
    LiveSlots live;
    const std::uint32_t high = file.slot_high();
    for (std::uint32_t i = 0; i < high; ++i) {
        live[i] = is_slot_live(file, i);
    }
    return live;
}

SlotSet used_slots(const File& file, StoredSlots& stored, std::uint32_t variant) {
    SlotSet used;
    const std::uint32_t high = file.slot_high();
    for (std::uint32_t i = 0; i < high; ++i) {
        if (stored.has(file, i, variant)) {
            // Who neither decided nor tried anything has nothing on its other pages.
            const VariantCounters& counters = file.counters(i, variant);
            used[i] = load_shared(counters.started, std::memory_order_relaxed) != 0 ||
                      load_shared(counters.decided, std::memory_order_relaxed) != 0;
        }
    }
    return used;
}

void add_up_variant(const File& file, const LiveSlots& live, const SlotSet& used,
                    std::uint32_t variant, VariantCounters& sum) {
    auto* totals = reinterpret_cast<std::uint64_t*>(&sum);
    const std::uint32_t high = file.slot_high();
    for (std::uint32_t i = 0; i < high; ++i) {
        if (!used[i]) {
            continue;
        }
        const VariantCounters& from = file.counters(i, variant);
        const auto* words = reinterpret_cast<const std::uint64_t*>(&from);
        const std::uint64_t finished = load_shared(from.finished, std::memory_order_acquire);
        const std::uint64_t started = load_shared(from.started, std::memory_order_relaxed);
        sum.decided += load_shared(from.decided, std::memory_order_relaxed);
        sum.started += started;
        sum.finished += finished;
        for (std::size_t w = kLostWord + 1; w < kPlainWords; ++w) {
            totals[w] += load_shared(words[w], std::memory_order_relaxed);
        }
        sum.lost += lost_in(file, i, live[i], started - finished, from.lost);
    }
}

EndpointCounters endpoint_sum(const File& file, const LiveSlots& live, const SlotSet& used,
                              std::uint32_t variant, std::uint32_t place) {
    EndpointCounters sum{};
    const std::uint32_t high = file.slot_high();
    for (std::uint32_t i = 0; i < high; ++i) {
        if (used[i]) {
            add_endpoint(file.counters(i, variant).endpoints[place], live[i], sum);
        }
    }
    return sum;
}

void add_up(const File& file, const LiveSlots& live, std::uint32_t variant, VariantCounters& sum) {
    StoredSlots stored;
    const SlotSet used = used_slots(file, stored, variant);
    add_up_variant(file, live, used, variant, sum);
    const std::uint32_t high = file.slot_high();
    for (std::uint32_t i = 0; i < high; ++i) {
        for (std::uint32_t e = 0; used[i] && e < table::kMaxEndpoints; ++e) {
            add_endpoint(file.counters(i, variant).endpoints[e], live[i], sum.endpoints[e]);
        }
    }
}

VisitorSums visitor_sums(const File& file, std::uint32_t variant) {
    VisitorSums sums;
    const std::uint32_t high = file.slot_high();
    for (std::uint32_t i = 0; i < high; ++i) {
        if (!file.is_stored(i, variant)) {
            continue;
        }
        const VariantCounters& from = file.counters(i, variant);
        // Every request that is counted for a goal was decided, so without it no page is touched.
        const bool used = load_shared(from.decided, std::memory_order_relaxed) != 0;
        for (std::size_t g = 0; used && g < kGoalPlaces; ++g) {
            const GoalCounters& goal = from.goals[g];
            sums.goals[g].conversions += load_shared(goal.conversions, std::memory_order_acquire);
            sums.goals[g].valued += load_shared(goal.valued, std::memory_order_relaxed);
            sums.goals[g].value_sum += load_shared(goal.value_sum, std::memory_order_relaxed);
            sums.goals[g].value_square_sum +=
                load_shared(goal.value_square_sum, std::memory_order_relaxed);
        }
    }
    for (std::uint32_t i = 0; i < high; ++i) {
        if (file.is_stored(i, variant)) {
            sums.exposures +=
                load_shared(file.counters(i, variant).exposures, std::memory_order_relaxed);
        }
    }
    return sums;
}

HoldSums hold_sums(const File& file, const LiveSlots& live, std::uint32_t split) {
    HoldSums sums;
    const SplitEntry& entry = file.split(split);
    const std::uint32_t variant = entry.first_variant;
    const std::uint32_t high = variant < file.variant_count() ? file.slot_high() : 0;
    for (std::uint32_t i = 0; i < high; ++i) {
        if (!file.is_stored(i, variant)) {
            continue;
        }
        const VariantCounters& from = file.counters(i, variant);
        // Ended before held, so that what waits is never negative.
        const std::uint64_t ended = load_shared(from.held_ended, std::memory_order_acquire);
        const std::uint64_t held = load_shared(from.held, std::memory_order_relaxed);
        sums.held += held;
        sums.waiting += live[i] ? held - ended : 0;
        sums.refused += load_shared(from.held_refused, std::memory_order_relaxed);
    }
    sums.released = load_shared(entry.held_released, std::memory_order_relaxed);
    sums.expired = load_shared(entry.held_expired, std::memory_order_relaxed);
    sums.left = load_shared(entry.held_left, std::memory_order_relaxed);
    sums.passed = load_shared(entry.held_passed, std::memory_order_relaxed);
    sums.longest_us = load_shared(entry.held_longest_us, std::memory_order_relaxed);
    sums.sum_us = load_shared(entry.held_sum_us, std::memory_order_relaxed);
    return sums;
}

std::uint32_t goal_count(const File& file, std::uint32_t split) {
    std::uint32_t count = 0;
    while (count < kGoalPlaces && load_shared(file.goal(split, count).configured_unix_ns,
                                              std::memory_order_acquire) != 0) {
        ++count;
    }
    return count;
}

std::uint32_t find_goal(const File& file, std::uint32_t split, const char* name) {
    const std::uint32_t count = goal_count(file, split);
    for (std::uint32_t place = 0; place < count; ++place) {
        if (std::strncmp(file.goal(split, place).name, name, kGoalNameBytes) == 0) {
            return place;
        }
    }
    return kNotFound;
}

Applied applied(const File& file, std::uint64_t generation) {
    Applied result;
    const std::uint32_t high = file.slot_high();
    for (std::uint32_t i = 0; i < high; ++i) {
        // Order matters: a process that dies between the two checks must not count as behind.
        const std::uint64_t used = load_shared(file.slot(i).generation, std::memory_order_acquire);
        if (!is_slot_live(file, i)) {
            continue;
        }
        ++result.workers;
        if (used >= generation) {
            ++result.on_it;
        } else if (result.first_behind_pid == 0) {
            result.first_behind_pid = load_shared(file.slot(i).pid, std::memory_order_relaxed);
        }
    }
    return result;
}

std::uint32_t find_split(const File& file, const char* name) {
    const std::uint32_t count = file.split_count();
    for (std::uint32_t i = 0; i < count; ++i) {
        if (std::strncmp(file.split(i).name, name, table::kSplitNameBytes) == 0) {
            return i;
        }
    }
    return kNotFound;
}

std::uint32_t find_variant(const File& file, std::uint32_t split, const char* name) {
    const std::uint32_t count = file.variant_count();
    for (std::uint32_t i = 0; i < count; ++i) {
        const VariantEntry& entry = file.variant(i);
        if (entry.split == split && std::strncmp(entry.name, name, table::kVariantNameBytes) == 0) {
            return i;
        }
    }
    return kNotFound;
}

}  // namespace teal::counters
