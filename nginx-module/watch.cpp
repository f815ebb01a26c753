#include "nginx-module/watch.hpp"

#include "shared/mapping/shared_word.hpp"

#include <atomic>
#include <ctime>

namespace teal::nginx {
namespace {

ngx_queue_t waiting;  // oldest first

std::uint8_t thresholds_of(const table::GuardSettings& guard) {
    std::uint8_t count = 0;
    while (count < guard::kSlowThresholds && guard.slow_us[count] != 0) {
        ++count;
    }
    return count;
}

// False when this visitor has been counted since the guard last looked: one visitor's failing
// retries come in clusters, and would be taken for many visitors'.
bool may_count(Watch& watch) {
    if (watch.is_counted || watch.visitors == nullptr) {
        return true;
    }
    const std::uint64_t bit = watch.visitor % counters::kVisitorBits;
    const std::uint64_t mask = std::uint64_t{1} << (bit % 64);
    std::atomic_ref<std::uint64_t> word(watch.visitors[bit / 64]);
    watch.is_counted = (word.fetch_or(mask, std::memory_order_relaxed) & mask) == 0;
    return watch.is_counted;
}

void stop_waiting(Watch& watch) {
    if (watch.is_waiting) {
        ngx_queue_remove(&watch.waiting);
        watch.is_waiting = false;
    }
}

void count_slow(Watch& watch, std::uint8_t threshold) {
    if (threshold == 0) {
        add_own(watch.counters->slow, std::uint64_t{1});
    }
    add_own(watch.counters->watched_slow[threshold], std::uint64_t{1});
}

// Thresholds that have been passed; REQUIRES: may_count() said yes.
void count_passed(Watch& watch, std::uint64_t elapsed_us) {
    while (watch.judged < watch.thresholds && elapsed_us > watch.guard->slow_us[watch.judged]) {
        count_slow(watch, watch.judged++);
    }
}

}  // namespace

std::uint64_t monotonic_us() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000u +
           static_cast<std::uint64_t>(now.tv_nsec) / 1000u;
}

void begin_watch(Watch& watch, counters::VariantCounters& counters, std::uint64_t started_us) {
    watch.counters = &counters;
    watch.started_us = started_us;
    watch.is_counted = false;
    watch.judged = 0;
    watch.thresholds = thresholds_of(*watch.guard);
    watch.is_waiting = watch.thresholds != 0;
    if (watch.is_waiting) {
        ngx_queue_insert_tail(&waiting, &watch.waiting);
    }
}

void judge_latency(Watch& watch, std::uint64_t now_us) {
    stop_waiting(watch);
    if (watch.judged == watch.thresholds || !may_count(watch)) {
        watch.judged = watch.thresholds;
        return;
    }
    count_passed(watch, now_us - watch.started_us);
    while (watch.judged < watch.thresholds) {
        add_own(watch.counters->watched_in_time[watch.judged++], std::uint64_t{1});
    }
}

void count_end(Watch& watch, bool bad) {
    if (!may_count(watch)) {
        return;
    }
    // `bad` last, with release: whoever reads a failure reads its attempt, too.
    add_own(watch.counters->watched_done, std::uint64_t{1});
    add_own(watch.counters->watched_bad, std::uint64_t{bad ? 1u : 0u}, std::memory_order_release);
}

void end_watch(Watch& watch) {
    stop_waiting(watch);
    watch.guard = nullptr;
}

void count_overdue(std::uint64_t now_us, std::uint64_t least_us) {
    ngx_queue_t* next = ngx_queue_head(&waiting);
    while (next != ngx_queue_sentinel(&waiting)) {
        Watch& watch = *ngx_queue_data(next, Watch, waiting);
        next = ngx_queue_next(next);
        const std::uint64_t elapsed_us = now_us - watch.started_us;
        if (elapsed_us <= least_us) {
            return;  // younger ones follow
        }
        if (watch.judged == watch.thresholds) {
            stop_waiting(watch);
        } else if (elapsed_us > watch.guard->slow_us[watch.judged] && may_count(watch)) {
            count_passed(watch, elapsed_us);
        }
    }
}

void prepare_watches() {
    if (waiting.next == nullptr) {
        ngx_queue_init(&waiting);
    }
}

}  // namespace teal::nginx
