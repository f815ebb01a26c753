// What a request to an upstream of ours carries from attempt to attempt.
#pragma once

#include "nginx-module/attempt.hpp"
#include "nginx-module/configuration.hpp"
#include "nginx-module/decision.hpp"

namespace teal::nginx {

// The callbacks of a hand-written upstream, behind ours.
struct Inner {
    void* data;
    ngx_event_get_peer_pt get;
    ngx_event_free_peer_pt free;
#if (NGX_SSL || NGX_COMPAT)
    ngx_event_set_peer_session_pt set_session;
    ngx_event_save_peer_session_pt save_session;
#endif
};

// Of one request to an upstream; in its pool.
struct Peer {
    ngx_http_request_t* request;
    const UpstreamConf* conf;
    const Decision* decision;
    std::uint32_t
        variant;  // being tried: the decided one, or after a shielded failure the fallback
    bool has_inner;
    bool shield_left;                     // a failure may still be retried on the fallback
    bool to_fallback;                     // the next attempt is
    bool failed_before;                   // an attempt failed: the next one is a retry
    ngx_uint_t fallback_tries;            // proxy_next_upstream_tries of the location
    std::uint64_t tried;                  // endpoints of the variant that failed, a bit each
    std::uint32_t endpoint;               // index in the record
    ngx_http_upstream_conf_t* location;   // what nginx.conf says of retries
    ngx_http_upstream_conf_t* shielding;  // the same, widened by what the shield retries
    ngx_int_t (*process_header)(ngx_http_request_t* r);
    ngx_int_t (*reinit_request)(ngx_http_request_t* r);
    Attempt attempt;  // zeroed no further than to say that none is running
    Inner inner;      // when has_inner; left as it is otherwise
};

inline const VariantConf& variant_of(const Peer& peer) {
    return peer.conf->split->variants[peer.variant];
}

inline Peer* peer_of(ngx_http_request_t* r) {
    return static_cast<Peer*>(ngx_http_get_module_ctx(r, ngx_http_teal_module));
}

// Its place in the table's record, or SplitView::kUnmatched.
inline std::uint32_t table_variant(const Peer& peer) {
    return peer.decision->view == nullptr ? SplitView::kUnmatched
                                          : peer.decision->view->table_variant[peer.variant];
}

inline std::uint32_t endpoint_count(const Peer& peer) {
    const std::uint32_t variant = table_variant(peer);
    return variant == SplitView::kUnmatched
               ? 0
               : peer.decision->view->record.variants[variant].endpoint_count;
}

}  // namespace teal::nginx
