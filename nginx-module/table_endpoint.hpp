// The load balancing of a variant whose endpoints stand in the table.
#pragma once

#include "nginx-module/peer_state.hpp"

namespace teal::nginx {

// Chooses the endpoint of the next attempt. NGX_BUSY: there is none (left).
ngx_int_t get_endpoint(Peer& peer, ngx_peer_connection_t* pc);

// How the attempt ended, for the endpoint's passive health.
void note_health(const Peer& peer, counters::EndpointCounters& endpoint, bool failed);

}  // namespace teal::nginx
