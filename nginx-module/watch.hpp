// What the guard learns of an attempt: whether it was good, and whether its first byte came in
// time.
//
// An attempt that has not answered counts as slow at the moment it passes a threshold, not when it
// ends: a canary that hangs must not wait a minute for its first 504. For that every worker keeps
// its watched attempts that have not answered yet in a list, oldest first.
#pragma once

#include "nginx-module/nginx.hpp"
#include "shared/counters/layout.hpp"

namespace teal::nginx {

// Of one attempt. Plain memory in the request's pool.
struct Watch {
    const table::GuardSettings* guard;  // nullptr: the attempt is not watched
    std::uint64_t* visitors;            // SplitEntry::visitors; nullptr: every attempt counts
    std::uint64_t visitor;              // hash of the visitor's key
    counters::VariantCounters* counters;
    std::uint64_t started_us;
    ngx_queue_t waiting;  // in the worker's list while `is_waiting`
    bool is_waiting;
    bool is_counted;          // its visitor has been counted with it
    std::uint8_t thresholds;  // in use
    std::uint8_t judged;      // of those: slow or in time
};

// REQUIRES: guard, visitors and visitor are set.
void begin_watch(Watch& watch, counters::VariantCounters& counters, std::uint64_t started_us);
// The first byte came, or the attempt ended without.
void judge_latency(Watch& watch, std::uint64_t now_us);
// The attempt ended with an outcome that speaks for or against the variant.
void count_end(Watch& watch, bool bad);
// Lets go of it. Every watch that was begun has to be ended before its memory goes.
void end_watch(Watch& watch);

// Counts those that are overdue by now; called every tick. `least_us`: the lowest threshold in use.
void count_overdue(std::uint64_t now_us, std::uint64_t least_us);
// Before the process's first request; safe to repeat.
void prepare_watches();

// CLOCK_MONOTONIC: nginx's own clock has milliseconds, answers on one machine take less.
std::uint64_t monotonic_us();

}  // namespace teal::nginx
