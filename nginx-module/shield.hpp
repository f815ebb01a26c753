// `retry safe`: a failed attempt on another variant is tried again on the split's default one.
#pragma once

#include "nginx-module/peer_state.hpp"

namespace teal::nginx {

// False: no memory.
bool raise_shield(Peer& peer);

// From here on as without a shield: the next attempt is the fallback's.
void lower_shield(Peer& peer);

}  // namespace teal::nginx
