// Adding the slots up: totals that never go down, and gauges of the live processes only.
#pragma once

#include "shared/counters/file.hpp"

#include <bitset>
#include <cstdint>

namespace teal::counters {

using SlotSet = std::bitset<kSlotCapacity>;
using LiveSlots = SlotSet;

// Which slots have a live owner; one system call for each slot ever claimed.
LiveSlots live_slots(const File& file);

// Adds every slot's counters of one variant into `sum` (which the caller has zeroed), without its
// goals, which visitor_sums() adds. Endpoint gauges are added for live slots only, and what dead
// slots had in flight goes into `lost`. `finished` is read before `started` in each slot, so that
// in flight is never negative.
void add_up(const File& file, const LiveSlots& live, std::uint32_t variant, VariantCounters& sum);

// The same in parts, for who reads thousands of variants again and again and knows which of an
// endpoint's places it wants: all of them are as much memory as everything else.

// Where a variant is known to be stored. It stays so, and the kernel need not be asked again; of
// slots from the 64th on it is asked every time. Of one variant of one file.
class StoredSlots {
public:
    bool has(const File& file, std::uint32_t slot, std::uint32_t variant) {
        const std::uint64_t bit = slot < 64 ? std::uint64_t{1} << slot : 0;
        if ((known_ & bit) == 0 && file.is_stored(slot, variant)) {
            known_ |= bit;
            return true;
        }
        return (known_ & bit) != 0;
    }

private:
    std::uint64_t known_ = 0;
};

// Slots in which the variant was ever used.
SlotSet used_slots(const File& file, StoredSlots& stored, std::uint32_t variant);
// REQUIRES: `used` is of this variant. `sum` has its counters up to the endpoints zeroed.
void add_up_variant(const File& file, const LiveSlots& live, const SlotSet& used,
                    std::uint32_t variant, VariantCounters& sum);
EndpointCounters endpoint_sum(const File& file, const LiveSlots& live, const SlotSet& used,
                              std::uint32_t variant, std::uint32_t place);

// What an experiment knows of one variant, over all processes, dead ones' included. Every field
// only grows. Conversions are read before exposures, so that no conversion is seen without its
// visitor; yet there can be more of them than exposures after the file was made anew, or in a
// difference of two readings: visitors that were exposed before convert after.
struct VisitorSums {
    std::uint64_t exposures = 0;
    GoalCounters goals[kGoalPlaces] = {};  // by place in the goal directory
};
// REQUIRES: variant below variant_count().
VisitorSums visitor_sums(const File& file, std::uint32_t variant);

// The goal's place in the split's goal directory, kNotFound otherwise. A place whose entry has an
// empty name ends the directory; compare configured_unix_ns as below.
std::uint32_t find_goal(const File& file, std::uint32_t split, const char* name);
// How many places of the split's goal directory are taken.
std::uint32_t goal_count(const File& file, std::uint32_t split);

// A split's holds over all processes. All but `waiting` only grow; a process that died with
// requests waiting takes them out of `waiting` without adding them to released or left.
struct HoldSums {
    std::uint64_t waiting = 0;  // now, in live processes
    std::uint64_t held = 0;
    std::uint64_t refused = 0;
    std::uint64_t released = 0;
    std::uint64_t expired = 0;  // of the released: at the deadline
    std::uint64_t left = 0;
    std::uint64_t passed = 0;
    std::uint64_t longest_us = 0;
    std::uint64_t sum_us = 0;
};
// REQUIRES: split below split_count().
HoldSums hold_sums(const File& file, const LiveSlots& live, std::uint32_t split);

constexpr std::uint64_t in_flight(const VariantCounters& sum) {
    const std::uint64_t gone = sum.finished + sum.lost;
    return sum.started > gone ? sum.started - gone : 0;
}

// Attempts that speak against the variant: 5xx, connect errors, timeouts, resets.
constexpr std::uint64_t errors(const VariantCounters& sum) {
    return sum.status_5xx + sum.connect_errors + sum.timeouts + sum.resets;
}

struct Applied {
    std::uint32_t workers = 0;           // live processes, leaving ones included
    std::uint32_t on_it = 0;             // of those, deciding by at least the generation asked for
    std::uint32_t first_behind_pid = 0;  // one that is not; 0: none
};
Applied applied(const File& file, std::uint64_t generation);

// Directory look-ups by name; kNotFound otherwise. Compare configured_unix_ns with the header's to
// tell whether nginx.conf still has the entry.
inline constexpr std::uint32_t kNotFound = 0xffffffffu;
std::uint32_t find_split(const File& file, const char* name);
std::uint32_t find_variant(const File& file, std::uint32_t split, const char* name);

}  // namespace teal::counters
