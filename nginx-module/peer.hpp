// The bridge between a split and nginx's upstream machinery: nginx asks for a peer, we decide the
// variant and hand on to that variant's own load balancing, counting every attempt on the way.
//
// The manner is that of nginx's keepalive module: the original callbacks are kept and called
// through, so `keepalive`, hash, least_conn and the rest work on either side of it.
#pragma once

#include "nginx-module/configuration.hpp"

namespace teal::nginx {

// Decides the request's variant and sets r->upstream->peer up for it.
ngx_int_t init_peer(ngx_http_request_t* r, const UpstreamConf& conf);

// The request itself, not a part of it, has an attempt of this split under way.
bool has_attempt(const ngx_http_request_t* r, const SplitConf& split);

}  // namespace teal::nginx
