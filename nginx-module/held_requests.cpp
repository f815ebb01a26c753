#include "nginx-module/held_requests.hpp"

#include "nginx-module/hold_gate.hpp"
#include "nginx-module/watch.hpp"
#include "nginx-module/worker.hpp"
#include "shared/mapping/shared_word.hpp"

#include <atomic>

namespace teal::nginx {
namespace {

constexpr int kReleasedPerTurn = 64;

constinit std::uint32_t waiting_count = 0;
constinit std::uint32_t most_waiting = 0;
ngx_queue_t let_go;  // HeldRequest, oldest first
ngx_event_t release_event;

counters::VariantCounters& counters_at(std::uint32_t place) {
    return worker().slot == counters::kNoSlot || place == kNoPlace
               ? worker().scratch
               : worker().counters.counters(worker().slot, place);
}

// Where all processes count a split's holds; nullptr without a counters file.
counters::SplitEntry* entry_at(std::uint32_t place) {
    return worker().slot == counters::kNoSlot || place == kNoPlace
               ? nullptr
               : &worker().counters.split(place);
}

void add(std::uint64_t& word, std::uint64_t amount) {
    std::atomic_ref<std::uint64_t>(word).fetch_add(amount, std::memory_order_relaxed);
}

void raise(std::uint64_t& word, std::uint64_t value) {
    std::atomic_ref<std::uint64_t> shared(word);
    std::uint64_t seen = shared.load(std::memory_order_relaxed);
    while (seen < value && !shared.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
    }
}

void unlink(HeldRequest& held) {
    ngx_queue_remove(&held.place);
    held.is_waiting = false;
    --waiting_count;
    add_own(counters_at(held.counters_variant).held_ended, std::uint64_t{1},
            std::memory_order_release);
    if (counters::SplitEntry* entry = entry_at(held.counters_split); entry != nullptr) {
        const std::uint64_t waited_us = monotonic_us() - held.since_us;
        add(entry->held_sum_us, waited_us);
        raise(entry->held_longest_us, waited_us);
    }
}

void on_release(ngx_event_t*) {
    for (int i = 0; i < kReleasedPerTurn && !ngx_queue_empty(&let_go); ++i) {
        HeldRequest& held = *ngx_queue_data(ngx_queue_head(&let_go), HeldRequest, place);
        unlink(held);
        if (counters::SplitEntry* entry = entry_at(held.counters_split); entry != nullptr) {
            add(entry->held_released, 1);
            add(entry->held_expired, held.has_expired ? 1 : 0);
        }
        go_on(held);
    }
    if (!ngx_queue_empty(&let_go)) {
        ngx_post_event(&release_event, &ngx_posted_next_events);
    }
    keep_time();
}

}  // namespace

std::uint32_t waiting_requests() {
    return waiting_count;
}

bool may_wait() {
    return waiting_count < most_waiting;
}

// Whoever waits has a connection, and needs one more to a backend when he goes on.
void set_hold_limit(ngx_cycle_t* cycle, const MainConf& conf) {
    const auto half = static_cast<std::uint32_t>(cycle->connection_n / 2);
    const std::uint32_t asked = conf.hold_limit != 0 ? conf.hold_limit : kDefaultHeld;
    most_waiting = asked < half ? asked : half;
    if (conf.hold_limit > half) {
        ngx_log_error(NGX_LOG_WARN, cycle->log, 0,
                      "teal: teal_hold_limit %uD is more than half of worker_connections %ui, at "
                      "most %uD requests are held",
                      conf.hold_limit, cycle->connection_n, half);
    }
}

void begin_waiting(Hold& hold, HeldRequest& held) {
    held.since_us = monotonic_us();
    held.counters_split = hold.counters_split;
    held.counters_variant = hold.counters_variant;
    held.is_waiting = true;
    held.has_expired = false;
    ngx_queue_insert_tail(&hold.waiting, &held.place);
    add_own(counters_at(held.counters_variant).held, std::uint64_t{1});
    if (waiting_count++ == 0) {
        keep_time();
    }
}

void stop_waiting(HeldRequest& held) {
    if (!held.is_waiting) {
        return;
    }
    unlink(held);
    if (counters::SplitEntry* entry = entry_at(held.counters_split); entry != nullptr) {
        add(entry->held_left, 1);
    }
    if (waiting_count == 0) {
        keep_time();
    }
}

std::uint32_t release_all(Hold& hold, bool expired) {
    if (let_go.next == nullptr) {
        ngx_queue_init(&let_go);
    }
    std::uint32_t count = 0;
    for (ngx_queue_t* one = ngx_queue_head(&hold.waiting); one != ngx_queue_sentinel(&hold.waiting);
         one = ngx_queue_next(one)) {
        HeldRequest& held = *ngx_queue_data(one, HeldRequest, place);
        held.has_expired = expired;
        ++count;
    }
    if (count == 0) {
        return 0;
    }
    ngx_queue_add(&let_go, &hold.waiting);
    ngx_queue_init(&hold.waiting);
    release_event.handler = on_release;
    release_event.log = ngx_cycle->log;
    ngx_post_event(&release_event, &ngx_posted_events);
    return count;
}

void count_begin(const Hold& hold) {
    if (counters::SplitEntry* entry = entry_at(hold.counters_split); entry != nullptr) {
        add(entry->hold_begins, 1);
    }
}

void count_refused(const Hold& hold) {
    add_own(counters_at(hold.counters_variant).held_refused, std::uint64_t{1});
}

void count_passed(const Hold& hold) {
    if (counters::SplitEntry* entry = entry_at(hold.counters_split); entry != nullptr) {
        add(entry->held_passed, 1);
    }
}

}  // namespace teal::nginx
