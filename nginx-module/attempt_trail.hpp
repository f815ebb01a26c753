// Which variants a request was tried on, in order: $teal_<split>_attempts, an entry for each
// address in $upstream_addr and separated as those are, so that a log line can be read column by
// column.
//
// Kept only for splits whose variable nginx.conf mentions. It belongs to the request that asked
// (subrequests have their own $upstream_addr), is found through the decisions of the main one, and
// so survives internal redirects.
#pragma once

#include "nginx-module/decision.hpp"

namespace teal::nginx {

struct AttemptTrail {
    static constexpr u_char kRedirected = 0xff;  // a new upstream request after a redirect

    AttemptTrail* next;
    const ngx_http_request_t* request;
    const SplitConf* split;
    ngx_array_t entries;  // u_char: index of a variant, or kRedirected
};

// Before the first attempt of an upstream request. False: no memory.
bool begin_trail(ngx_http_request_t* r, const SplitConf& split);
// An address was asked for, on behalf of this variant. REQUIRES: begin_trail() was called.
void note_attempt(ngx_http_request_t* r, const SplitConf& split, std::uint32_t variant);

// $teal_<split>_attempts: "green, blue"; not found when no upstream was asked.
ngx_int_t get_attempts(ngx_http_request_t* r, ngx_http_variable_value_t* value, uintptr_t split);

}  // namespace teal::nginx
