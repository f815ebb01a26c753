// The requests that wait in this worker because their split is held, and letting them go.
//
// First in, first out; released in batches, one each turn of the event loop, so that ten thousand
// of them neither keep the worker from its other connections nor reach the backends in one burst.
// What a request waits in is its own memory: nothing is allocated here.
#pragma once

#include "nginx-module/holds.hpp"

namespace teal::nginx {

// In the request's pool.
struct HeldRequest {
    ngx_queue_t place;
    ngx_http_request_t* request;
    std::uint64_t since_us;
    std::uint32_t counters_split;
    std::uint32_t counters_variant;
    bool is_waiting;    // linked by `place`, in the hold's queue or among those let go
    bool has_expired;   // let go at the deadline
    bool body_is_read;  // where it goes on: nginx's upstream, or else its content handler
};

// Of all holds, with those let go that have not gone on yet.
std::uint32_t waiting_requests();
// False: as many wait as may (teal_hold_limit).
bool may_wait();
void set_hold_limit(ngx_cycle_t* cycle, const MainConf& conf);

void begin_waiting(Hold& hold, HeldRequest& held);
// The visitor left, or the request ends for another reason. Nothing when it does not wait.
void stop_waiting(HeldRequest& held);
// Lets all of the hold's requests go on, soon. Returns how many.
std::uint32_t release_all(Hold& hold, bool expired);

void count_begin(const Hold& hold);
void count_refused(const Hold& hold);
void count_passed(const Hold& hold);

}  // namespace teal::nginx
