// When the first byte of an attempt's answer came: nginx tells it in milliseconds only. Its handler
// for the answer's header is replaced until that byte has come, once for each attempt.
#pragma once

#include "nginx-module/peer_state.hpp"

namespace teal::nginx {

// For all attempts of the request. REQUIRES: called once, after the upstream's handlers are set.
void watch_first_bytes(ngx_http_request_t* r, Peer& peer);

}  // namespace teal::nginx
