// One decision per client request and split: made once, kept across internal redirects,
// subrequests and retries, from one publication of the table.
#pragma once

#include "nginx-module/configuration.hpp"
#include "nginx-module/table_view.hpp"
#include "shared/table/route.hpp"

namespace teal::nginx {

struct AttemptTrail;

struct Decision {
    Decision* next;
    const SplitConf* split;
    const SplitView* view;  // nullptr: the table could not be used
    std::uint32_t variant;  // of nginx.conf
    // Who takes over when the variant may not or cannot serve: the guard's baseline, while there is
    // one, else nginx.conf's default. (The default may be the canary: colors take turns.)
    std::uint32_t fallback;
    table::Reason reason;
    bool set_cookie;
    std::uint64_t visitor;  // hash of the visitor's key, for the cookie
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
const Decision* decide(ngx_http_request_t* r, const SplitConf& split);

// nullptr when the request has made no decision.
RequestState* find_state(ngx_http_request_t* r);
// Makes it unless it is there. nullptr: no memory.
RequestState* make_state(ngx_http_request_t* r);

// Variant of `split` the request's sticky cookie names with a good signature, or kNoVariant;
// `cookie_is_old`: it is to be given anew although it is good.
std::uint32_t sticky_variant(ngx_http_request_t* r, const SplitConf& split,
                             const table::SplitRecord& record, std::uint64_t* visitor,
                             bool* cookie_is_old);

}  // namespace teal::nginx
