// One decision per client request and split: made once, kept across internal redirects,
// subrequests and retries, from one publication of the table.
#pragma once

#include "nginx-module/configuration.hpp"
#include "nginx-module/table_view.hpp"
#include "shared/table/route.hpp"

namespace teal::nginx {

struct AttemptTrail;

// What the visitor is to the split's experiment. Only who was given a variant by chance counts.
enum class Attendance : std::uint8_t {
    none,      // pinned, ruled, left out, moved: neither exposed nor converted
    newcomer,  // the ring has just given him the variant: exposed when he gets his cookie
    exposed,   // counted before, or in this request
};

struct Decision {
    Decision* next;
    const SplitConf* split;
    const SplitView* view;                // nullptr: the table could not be used
    counters::VariantCounters* counters;  // the variant's, in this process
    std::uint32_t variant;                // of nginx.conf
    // Who takes over when the variant may not or cannot serve: the guard's baseline, while there is
    // one, else nginx.conf's default. (The default may be the canary: colors take turns.)
    std::uint32_t fallback;
    table::Reason reason;
    bool set_cookie;
    Attendance attendance;
    // Of sticky splits, for the cookie: the hash of the visitor's key, and what the cookie
    // remembered already. Without a usable table, and of other splits, not set.
    sticky::Cookie memory;
};

// Of a client request; lives in the main request's pool, found through a hidden variable, because
// variables are what subrequests share and internal redirects keep (r->ctx does neither).
struct RequestState {
    Snapshot* snapshot;  // held until the request ends; nullptr: no usable table
    Decision* decisions;
    AttemptTrail* trails;  // of splits whose attempts are logged
    Decision first;        // most requests make one: no allocation of its own
};

// The request's decision for this split, made now if it was not made before. nullptr: no memory.
Decision* decide(ngx_http_request_t* r, const SplitConf& split);

// nullptr when the request has made no decision.
RequestState* find_state(ngx_http_request_t* r);
// Makes it unless it is there. nullptr: no memory.
RequestState* make_state(ngx_http_request_t* r);

// Decides the request anew, by the table as it is now, for every split it was decided for: it has
// waited in a hold. Attempts that were made before keep what they were decided by, and what was
// counted as decided is not counted again. Without memory the next decision fails for want of it.
void decide_anew(ngx_http_request_t* r);

// nullptr when the request has not been decided for this split.
Decision* find_decision(ngx_http_request_t* r, const SplitConf& split);

// The request's sticky cookie, when its signature is good.
struct Remembered {
    bool valid = false;
    bool is_old = false;  // to be given anew
    std::uint32_t variant = table::kNoVariant;
};
// `memory` gets what the cookie says; it is left empty when the cookie is not valid.
Remembered read_sticky_cookie(ngx_http_request_t* r, const SplitConf& split, const SplitView& view,
                              sticky::Cookie& memory);

}  // namespace teal::nginx
