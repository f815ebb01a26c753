// Counting one upstream attempt: from the moment a peer was chosen to the moment nginx lets it go.
#pragma once

#include "nginx-module/nginx.hpp"
#include "nginx-module/watch.hpp"
#include "shared/counters/layout.hpp"

namespace teal::nginx {

enum class Outcome : std::uint8_t {
    answered,  // with u->headers_in.status_n
    connect_error,
    timeout,
    reset,
    client_closed,
    stale_connection,
};

// An attempt in progress; plain memory in the request's pool.
struct Attempt {
    counters::VariantCounters* counters;   // nullptr: no attempt is running
    counters::EndpointCounters* endpoint;  // nullptr: a hand-written upstream's
    std::uint64_t started_us;
    std::uint64_t first_byte_us;  // 0: no byte of the answer yet
    Watch watch;                  // the guard's
};

// REQUIRES: attempt.watch says whether and how the guard watches.
void begin(Attempt& attempt, counters::VariantCounters& counters,
           counters::EndpointCounters* endpoint);
void note_first_byte(Attempt& attempt);

// How the attempt ended. `state` is what nginx gave to the peer's free callback. REQUIRES: called
// from there.
Outcome outcome_of(const Attempt& attempt, ngx_http_request_t* r, ngx_peer_connection_t* pc,
                   ngx_uint_t state);
// Counts the end; `finished` is stored last, so that readers never see more ended than begun.
void finish(Attempt& attempt, ngx_http_request_t* r, Outcome outcome);

}  // namespace teal::nginx
