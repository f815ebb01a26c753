// The state of one nginx process: its view of the table, its slot in the counters, and what keeps
// both current while no request comes: a bell (inotify) and a timer.
#pragma once

#include "nginx-module/configuration.hpp"
#include "nginx-module/table_view.hpp"
#include "shared/counters/slots.hpp"
#include "shared/counters/sums.hpp"

namespace teal::nginx {

struct Worker {
    MainConf* conf = nullptr;  // nullptr: no http{} block, or no split
    TableView table;
    counters::File counters;
    std::uint32_t slot = counters::kNoSlot;
    std::uint32_t cycle = 0;
    std::uint64_t random_state = 0;
    table::Health logged_health = table::Health::ok;
    bool logged_lost_counters = false;
    // Live processes, to add up what is in flight: refreshed by the timer.
    std::uint16_t live_slots[counters::kSlotCapacity] = {};
    std::uint32_t live_count = 0;
    // Where counts go when the counters file cannot be used; nobody reads it.
    counters::VariantCounters scratch{};

    counters::VariantCounters& counters_of(const VariantConf& variant) {
        return slot == counters::kNoSlot || variant.counters_index == kNoPlace
                   ? scratch
                   : counters.counters(slot, variant.counters_index);
    }
    // A uniform number (xorshift64*, Vigna 2016); not for secrets.
    std::uint64_t random() {
        random_state ^= random_state >> 12;
        random_state ^= random_state << 25;
        random_state ^= random_state >> 27;
        return random_state * 0x2545F4914F6CDD1Du;
    }
};

// This process's. Made by init_module and never destroyed: a static object with a destructor would
// run code when nginx loads the module, `nginx -t` and `nginx -s` included.
extern std::byte worker_storage[sizeof(Worker)];
inline Worker& worker() {
    return *reinterpret_cast<Worker*>(worker_storage);
}

std::uint64_t unix_ns();

// Takes over the publication that is there, and reports the generation in the slot.
void take_over_publication();

// A hold has begun in this turn of the event loop and is not reported yet: "applied" says that no
// request is on its way to the split without being counted as in flight.
bool is_report_due();

// On the request path: one load and one comparison when there is nothing new.
inline void refresh_table() {
    if (worker().table.has_news()) {
        take_over_publication();
    }
}

// nginx's hooks, in the order of a process's life.
ngx_int_t init_module(ngx_cycle_t* cycle);   // master: restores, maps, makes the counters file
ngx_int_t init_process(ngx_cycle_t* cycle);  // worker: claims a slot, starts bell and timer
void exit_process(ngx_cycle_t* cycle);

}  // namespace teal::nginx
