// Which splits this worker holds, and until when.
//
// The table says "hold until T"; a worker that sees this for the first time turns T into a deadline
// of the monotonic clock and keeps that: whatever happens to the wall clock, to the table, or to
// the command that asked for it, no request waits longer. What waits is held_requests.hpp's
// business, where a request is stopped and how it goes on hold_gate.hpp's.
//
// Rejected: comparing the table's deadline with the clock at each request. It would need a clock
// reading for every request of every split, and a clock set back would hold for ever.
//
// Thread safety: none, a worker is one thread.
#pragma once

#include "nginx-module/table_view.hpp"

namespace teal::nginx {

// One split's hold. Lives as long as the table has it, after its deadline, too: an expired one must
// not begin anew.
struct Hold {
    Hold* next;
    char split[table::kSplitNameBytes];
    table::HoldSettings settings;
    std::uint32_t counters_split;    // places in the counters file; kNoPlace
    std::uint32_t counters_variant;  // where the split's waiting requests are counted
    std::uint64_t deadline_us;       // monotonic_us()
    bool is_active;                  // new requests are to wait
    bool is_listed;                  // the table has it
    bool told_passing;               // logged that a request went past it
    ngx_queue_t waiting;             // HeldRequest, oldest first
};

// How many splits are held now: what the request path compares with 0.
extern std::uint32_t active_holds;

enum class HoldNews : std::uint8_t {
    none,    // no hold has begun
    begun,   // at least one has: requests of this turn of the event loop may have passed before
    failed,  // no memory for it
};
// Takes over what a publication says of holds; ended ones let their requests go. `snapshot`
// nullptr: no table was ever usable.
HoldNews follow_holds(const MainConf& conf, const Snapshot* snapshot, ngx_log_t* log);
// Before the first publication of another configuration (workers of a reload, or a single process).
void forget_places_of_holds();

// The split's hold while it lasts, else nullptr. REQUIRES: `split` belongs to the worker's
// configuration.
Hold* active_hold(const SplitConf& split);
std::uint64_t milliseconds_left(const Hold& hold);
// Whole seconds until the deadline, at least 1.
std::uint64_t seconds_left(const Hold& hold);

// Sets the timer to the next deadline. While requests wait, a leaving worker waits for it.
void keep_time();

}  // namespace teal::nginx
