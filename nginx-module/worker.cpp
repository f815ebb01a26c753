#include "nginx-module/worker.hpp"

#include "nginx-module/bell.hpp"
#include "nginx-module/counters_file.hpp"
#include "nginx-module/guard.hpp"
#include "nginx-module/held_requests.hpp"
#include "nginx-module/hold_gate.hpp"
#include "nginx-module/watch.hpp"
#include "shared/mapping/shared_word.hpp"
#include "shared/table/restore.hpp"

#include <cstring>
#include <ctime>
#include <new>

namespace teal::nginx {

alignas(Worker) constinit std::byte worker_storage[sizeof(Worker)] = {};

namespace {

constexpr ngx_msec_t kCheckEvery_ms = 1000;
// Without a bell (inotify's instances are limited) an idle worker looks this often.
constexpr ngx_msec_t kPollEvery_ms = 20;

// Once per change of state: a table that is gone must not fill the log at the rate of requests.
void log_health(ngx_log_t* log, int error, std::uint32_t version) {
    const table::Health health = worker().table.health();
    if (health == worker().logged_health) {
        return;
    }
    worker().logged_health = health;
    ngx_str_t& path = worker().conf->table_path;
    if (health == table::Health::ok) {
        ngx_log_error(NGX_LOG_NOTICE, log, 0, "teal: table \"%V\" in use, generation %uL", &path,
                      worker().table.generation());
    } else if (health == table::Health::unsupported) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "teal: table \"%V\" has layout version %uD, this module reads %uD", &path,
                      version, table::kLayoutVersion);
    } else {
        ngx_log_error(NGX_LOG_WARN, log, error, "teal: table \"%V\" is %s, %s", &path,
                      table::health_text(health),
                      worker().table.current() != nullptr ? "keeping the last good copy"
                                                          : "using each split's default variant");
    }
}

void report() {
    if (worker().slot == counters::kNoSlot) {
        return;
    }
    counters::SlotHeader& slot = worker().counters.slot(worker().slot);
    store_shared(slot.table_health, static_cast<std::uint32_t>(worker().table.health()),
                 std::memory_order_relaxed);
    if (load_shared(slot.generation, std::memory_order_relaxed) != worker().table.generation()) {
        store_shared(slot.applied_unix_ns, unix_ns(), std::memory_order_relaxed);
        store_shared(slot.generation, worker().table.generation(), std::memory_order_release);
    }
}

void reopen_when_outdated(ngx_log_t* log) {
    if (!worker().table.is_outdated(*worker().conf)) {
        return;
    }
    int error = 0;
    std::uint32_t version = 0;
    worker().table.open(*worker().conf, &error, &version);
    if (worker().table.health() == table::Health::ok) {
        refresh_table();  // tells in one line what the new file holds
    } else {
        log_health(log, error, version);
        report();
    }
}

void note_live_slots() {
    if (worker().slot == counters::kNoSlot) {
        return;
    }
    worker().live_count = 0;
    const std::uint32_t high = worker().counters.slot_high();
    for (std::uint32_t i = 0; i < high; ++i) {
        // The kernel says of our own lock that nobody stands in its way.
        if (i == worker().slot || counters::is_slot_live(worker().counters, i)) {
            worker().live_slots[worker().live_count++] = static_cast<std::uint16_t>(i);
        }
    }
}

// Somebody cut the file short, or its file system is full: what was there reads as zeros, and what
// this process counts from now on nobody else sees. A reload makes it good.
void log_lost_counters(ngx_log_t* log) {
    if (worker().slot != counters::kNoSlot && !worker().logged_lost_counters &&
        worker().counters.mapping().lost()) {
        worker().logged_lost_counters = true;
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "teal: counters \"%V\" were cut short or their disk is full, this worker's "
                      "counts are lost until nginx is reloaded",
                      &worker().conf->counters_path);
    }
}

// When a publication is found in the middle of a request, that request has passed the hold's gate
// and is not in flight yet. At the end of the event loop's turn it is.
ngx_event_t report_event;

void on_report(ngx_event_t*) {
    report();
}

void report_at_turns_end() {
    report_event.handler = on_report;
    report_event.log = ngx_cycle->log;
    ngx_post_event(&report_event, &ngx_posted_events);
}

ngx_event_t check_timer;
ngx_connection_t timer_owner;  // nginx's debug log takes the fd from an event's data

void on_check(ngx_event_t* event) {
    const bool watching = watch_bell();
    reopen_when_outdated(event->log);
    if (worker().table.health() == table::Health::damaged) {
        worker().table.look_again();
    }
    refresh_table();
    log_lost_counters(event->log);
    note_live_slots();
    if (ngx_exiting && worker().slot != counters::kNoSlot) {
        store_shared(worker().counters.slot(worker().slot).role,
                     static_cast<std::uint32_t>(counters::Role::leaving),
                     std::memory_order_relaxed);
    }
    ngx_add_timer(event, watching ? kCheckEvery_ms : kPollEvery_ms);
}

void start_timer(ngx_cycle_t* cycle) {
    std::memset(&check_timer, 0, sizeof(check_timer));
    std::memset(&timer_owner, 0, sizeof(timer_owner));
    timer_owner.fd = static_cast<ngx_socket_t>(-1);
    check_timer.handler = on_check;
    check_timer.data = &timer_owner;
    check_timer.log = cycle->log;
    check_timer.cancelable = 1;  // a leaving worker does not wait for it
    ngx_add_timer(&check_timer, bell_rings() ? kCheckEvery_ms : kPollEvery_ms);
}

void on_bell(ngx_log_t* log) {
    reopen_when_outdated(log);
    refresh_table();
}

}  // namespace

std::uint64_t unix_ns() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
           static_cast<std::uint64_t>(now.tv_nsec);
}

bool is_report_due() {
    return report_event.posted != 0;
}

void take_over_publication() {
    worker().table.take_over(*worker().conf);
    log_health(ngx_cycle->log, 0, 0);
    switch (follow_holds(*worker().conf, worker().table.current(), ngx_cycle->log)) {
        case HoldNews::begun:
            report_at_turns_end();
            break;
        case HoldNews::failed:
            worker().table.look_again();
            break;
        case HoldNews::none:
            if (!is_report_due()) {
                report();
            }
            break;
    }
    follow_guards(*worker().conf, worker().table.current(), ngx_cycle->log);
}

ngx_int_t init_module(ngx_cycle_t* cycle) {
    static bool made = false;
    if (!made) {
        new (worker_storage) Worker;
        made = true;
    }
    worker().conf = main_conf_of(cycle);
    if (worker().conf == nullptr || worker().conf->splits.nelts == 0) {
        worker().conf = nullptr;
        return NGX_OK;
    }
    install_hold_gate(cycle);
    if (ngx_test_config) {
        return NGX_OK;  // nginx -t creates nothing and restores nothing
    }
    const auto* path = reinterpret_cast<const char*>(worker().conf->table_path.data);
    int error = 0;
    const table::Path saved = table::saved_path_of(path);
    const table::Restored restored = table::restore_table(path, saved.text, &error);
    if (restored == table::Restored::yes) {
        ngx_log_error(NGX_LOG_NOTICE, cycle->log, 0, "teal: table \"%s\" restored from \"%s\"",
                      path, saved.text);
    } else if (restored == table::Restored::bad_copy || restored == table::Restored::failed) {
        ngx_log_error(NGX_LOG_ERR, cycle->log, error,
                      "teal: table \"%s\" could not be restored from \"%s\"", path, saved.text);
    }
    worker().table.reset();
    worker().cycle++;
    forget_places_of_holds();
    set_hold_limit(cycle, *worker().conf);
    // The splits of this configuration may stand elsewhere in a snapshot; the mapping is good as
    // long as the path still names the same file.
    if (worker().table.is_outdated(*worker().conf)) {
        std::uint32_t version = 0;
        worker().table.open(*worker().conf, &error, &version);
        worker().logged_health = table::Health::ok;
        log_health(cycle->log, error, version);
    }
    prepare_counters_file(cycle, *worker().conf);
    return NGX_OK;
}

ngx_int_t init_process(ngx_cycle_t* cycle) {
    const bool serves = ngx_process == NGX_PROCESS_WORKER || ngx_process == NGX_PROCESS_SINGLE;
    if (worker().conf == nullptr || !serves) {
        return NGX_OK;
    }
    worker().random_state = unix_ns() ^ (static_cast<std::uint64_t>(ngx_pid) << 32) ^ 1;
    const auto* path = reinterpret_cast<const char*>(worker().conf->counters_path.data);
    int error = 0;
    const counters::Opened opened = worker().counters.open(path, Access::read_write, &error);
    if (opened == counters::Opened::ok) {
        worker().slot = counters::claim_slot(worker().counters, static_cast<std::uint32_t>(ngx_pid),
                                             worker().cycle);
    }
    if (worker().slot == counters::kNoSlot) {
        ngx_log_error(
            NGX_LOG_ERR, cycle->log, error,
            "teal: counters \"%s\" cannot be used (%s), this worker counts nothing", path,
            opened == counters::Opened::ok ? "all slots are taken" : counters::opened_text(opened));
    }
    prepare_watches();
    refresh_table();
    report();
    note_live_slots();
    ring_with(cycle, *worker().conf, on_bell);
    start_timer(cycle);
    return NGX_OK;
}

void exit_process(ngx_cycle_t*) {
    if (worker().slot != counters::kNoSlot) {
        counters::leave_slot(worker().counters, worker().slot);
        worker().counters.close();
        worker().slot = counters::kNoSlot;
    }
}

}  // namespace teal::nginx
