// Where requests of a held split are stopped: before nginx's content handler, with everything that
// may refuse them (limits, access, authentication) behind them and nothing of them with a backend.
//
// The gate stands in the place of nginx's checker of the content phase, which costs a request one
// comparison. A phase handler of its own, which nginx offers for this, costs every request of every
// location some thirty instructions and stands before mirror and try_files.
//
// A body that is still being read when the hold begins is read to its end, and then the request
// waits. Known to go past the gate: requests of `proxy_pass http://$variable` (say `teal_hold
// SPLIT` in their location), and those that wait for another's cache entry (proxy_cache_lock). They
// are counted, logged, and seen by whoever waits for the split to be drained.
#pragma once

#include "nginx-module/held_requests.hpp"

namespace teal::nginx {

// In every cycle, before its first request.
void install_hold_gate(ngx_cycle_t* cycle);

// Continues a request that waited. REQUIRES: it is in no queue any more.
void go_on(HeldRequest& held);

// A request has come to its split's upstream while the split is held.
void note_passing(ngx_http_request_t* r, const SplitConf& split);

// `teal_hold SPLIT|off;` and `teal_hold_limit NUMBER;`
char* read_hold_directive(ngx_conf_t* cf, ngx_command_t* command, void* conf);
char* read_hold_limit(ngx_conf_t* cf, ngx_command_t* command, void* conf);
// At the end of nginx.conf: names of splits, and which upstreams lead to them.
ngx_int_t resolve_holds(ngx_conf_t* cf, MainConf& conf);

}  // namespace teal::nginx
