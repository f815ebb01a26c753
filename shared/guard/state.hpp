// The guard's state of one split as it lies in the counters file (SplitEntry::guard_state): written
// by the one worker that evaluates it, read by the control plane, kept after a trip.
//
// A worker may be killed in the middle of writing it. `seen` is written first: what was in the tick
// is lost then, not counted twice. Of the evidence some alternatives may have advanced and others
// not, and each of them is an e-process by itself, so the promise holds all the same.
#pragma once

#include "shared/guard/evidence.hpp"

#include <cstddef>
#include <cstdint>

namespace teal::guard {

struct State {
    std::uint64_t armed_unix_ns;    // of the settings it belongs to; others: it begins anew
    std::uint64_t ticked_unix_ns;   // the last evaluation
    std::uint64_t tripped_unix_ns;  // 0: not tripped
    double log_evidence;            // ln E, of all tests in use
    double threshold;               // ln(1/alpha)
    std::uint32_t evaluator_pid;    // for people
    std::uint32_t reserved0;
    CanaryCounts seen;  // counters at the last evaluation, since the counters file was made
    Evidence evidence;
    std::uint64_t reserved1[24];
};
static_assert(offsetof(State, seen) == 48);
static_assert(offsetof(State, evidence) == 176);
static_assert(sizeof(State) == 1464);

inline constexpr std::uint64_t kTick_ms = 100;
inline constexpr std::uint64_t kDefaultHorizon_ms = 24 * 3600 * 1000;  // a day

}  // namespace teal::guard
