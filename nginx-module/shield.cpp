#include "nginx-module/shield.hpp"

#include <cstring>

namespace teal::nginx {

// The location decides what may be tried again (proxy_next_upstream); for a shielded request that
// is widened to everything that speaks against the variant, except what is not idempotent.
bool raise_shield(Peer& peer) {
    ngx_http_upstream_t& u = *peer.request->upstream;
    peer.shielding = static_cast<ngx_http_upstream_conf_t*>(
        ngx_palloc(peer.request->pool, sizeof(ngx_http_upstream_conf_t)));
    if (peer.shielding == nullptr) {
        return false;
    }
    peer.location = u.conf;
    std::memcpy(peer.shielding, u.conf, sizeof(*peer.shielding));
    peer.fallback_tries = u.conf->next_upstream_tries;
    peer.shielding->next_upstream_tries = 0;
    peer.shielding->next_upstream |= NGX_HTTP_UPSTREAM_FT_ERROR | NGX_HTTP_UPSTREAM_FT_TIMEOUT |
                                     NGX_HTTP_UPSTREAM_FT_INVALID_HEADER |
                                     NGX_HTTP_UPSTREAM_FT_HTTP_500 | NGX_HTTP_UPSTREAM_FT_HTTP_502 |
                                     NGX_HTTP_UPSTREAM_FT_HTTP_503 | NGX_HTTP_UPSTREAM_FT_HTTP_504;
    u.conf = peer.shielding;
    peer.shield_left = true;
    return true;
}

void lower_shield(Peer& peer) {
    peer.to_fallback = false;
    peer.shield_left = false;
    peer.variant = peer.decision->fallback;
    peer.request->upstream->conf = peer.location;
}

}  // namespace teal::nginx
