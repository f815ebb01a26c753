#include "nginx-module/peer.hpp"

#include "nginx-module/attempt.hpp"
#include "nginx-module/attempt_trail.hpp"
#include "nginx-module/decision.hpp"
#include "nginx-module/endpoint_choice.hpp"
#include "nginx-module/hold_gate.hpp"
#include "nginx-module/watch_choice.hpp"
#include "nginx-module/worker.hpp"
#include "shared/mapping/shared_word.hpp"

#include <cstring>

namespace teal::nginx {
namespace {

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

const VariantConf& variant_of(const Peer& peer) {
    return peer.conf->split->variants[peer.variant];
}

// --- time to the first byte ---------------------------------------------------------------------
// nginx tells it in milliseconds only. Its handler for the answer's header is replaced until the
// first byte has come, once for each attempt.

Peer* peer_of(ngx_http_request_t* r) {
    return static_cast<Peer*>(ngx_http_get_module_ctx(r, ngx_http_teal_module));
}

ngx_int_t on_first_byte(ngx_http_request_t* r) {
    Peer& peer = *peer_of(r);
    note_first_byte(peer.attempt);
    r->upstream->process_header = peer.process_header;
    return peer.process_header(r);
}

void watch_first_byte(ngx_http_request_t* r, Peer& peer) {
    if (r->upstream->process_header != on_first_byte) {
        peer.process_header = r->upstream->process_header;
        r->upstream->process_header = on_first_byte;
    }
}

// Before a retry nginx lets the protocol set its handlers anew.
ngx_int_t on_reinit(ngx_http_request_t* r) {
    Peer& peer = *peer_of(r);
    const ngx_int_t result = peer.reinit_request(r);
    watch_first_byte(r, peer);
    return result;
}

// --- endpoints of the table ---------------------------------------------------------------------

std::uint32_t table_variant(const Peer& peer) {
    return peer.decision->view == nullptr ? SplitView::kUnmatched
                                          : peer.decision->view->table_variant[peer.variant];
}

std::uint32_t endpoint_count(const Peer& peer) {
    const std::uint32_t variant = table_variant(peer);
    return variant == SplitView::kUnmatched
               ? 0
               : peer.decision->view->record.variants[variant].endpoint_count;
}

ngx_int_t get_endpoint(Peer& peer, ngx_peer_connection_t* pc) {
    if (endpoint_count(peer) == 0) {
        return NGX_BUSY;
    }
    const SplitView& view = *peer.decision->view;
    const FailurePolicy policy = {peer.conf->max_fails, peer.conf->fail_timeout};
    const std::uint32_t chosen =
        choose_endpoint(view, table_variant(peer), variant_of(peer), peer.tried, policy);
    if (chosen == kNoEndpoint) {
        return NGX_BUSY;
    }
    peer.tried |= std::uint64_t{1} << chosen;
    peer.endpoint = view.record.variants[table_variant(peer)].first_endpoint + chosen;
    EndpointAddress& address = view.addresses[peer.endpoint];
    pc->sockaddr = &address.socket.any;
    pc->socklen = address.bytes;
    pc->name = &address.name;
    pc->connection = nullptr;
    pc->cached = 0;
    return NGX_OK;
}

void note_health(const Peer& peer, counters::EndpointCounters& endpoint, bool failed) {
    EndpointHealth& health = peer.decision->view->health[peer.endpoint];
    failed ? note_failure(health) : note_success(health);
    const FailurePolicy policy = {peer.conf->max_fails, peer.conf->fail_timeout};
    store_shared(endpoint.avoided, is_avoided(health, policy) ? 1u : 0u, std::memory_order_relaxed);
}

// --- the variant in turn ------------------------------------------------------------------------

ngx_int_t get_peer(ngx_peer_connection_t* pc, void* data);
void free_peer(ngx_peer_connection_t* pc, void* data, ngx_uint_t state);
#if (NGX_SSL || NGX_COMPAT)
ngx_int_t set_session(ngx_peer_connection_t* pc, void* data);
void save_session(ngx_peer_connection_t* pc, void* data);
#endif

void install(ngx_http_upstream_t& u, Peer& peer) {
    u.peer.data = &peer;
    u.peer.get = get_peer;
    u.peer.free = free_peer;
#if (NGX_SSL || NGX_COMPAT)
    u.peer.set_session = set_session;
    u.peer.save_session = save_session;
#endif
}

// Prepares `peer.variant`, and sets pc->tries to the attempts it allows.
ngx_int_t enter_variant(Peer& peer, ngx_peer_connection_t* pc) {
    const VariantConf& variant = variant_of(peer);
    peer.tried = 0;
    peer.has_inner = variant.upstream != nullptr;
    if (!peer.has_inner) {
        pc->tries = endpoint_count(peer) != 0 ? endpoint_count(peer) : 1;
        return NGX_OK;
    }
    // The upstream's init writes its callbacks over whatever stands in r->upstream->peer: with
    // `keepalive` around us that is keepalive's, to be put back.
    ngx_http_upstream_t& u = *peer.request->upstream;
    const ngx_peer_connection_t outer = u.peer;
    u.peer.data = nullptr;  // nginx's round robin would take what it finds there for its own
    if (variant.upstream->peer.init(peer.request, variant.upstream) != NGX_OK) {
        return NGX_ERROR;
    }
    peer.inner = {
        u.peer.data,
        u.peer.get,
        u.peer.free,
#if (NGX_SSL || NGX_COMPAT)
        u.peer.set_session,
        u.peer.save_session
#endif
    };
    u.peer.data = outer.data;
    u.peer.get = outer.get;
    u.peer.free = outer.free;
#if (NGX_SSL || NGX_COMPAT)
    u.peer.set_session = outer.set_session;
    u.peer.save_session = outer.save_session;
#endif
    return NGX_OK;
}

// Nobody to connect to: for the visitor and for the guard a connection that failed.
void count_nobody(Peer& peer, counters::VariantCounters& counters) {
    add_own(counters.started, std::uint64_t{1});
    add_own(counters.connect_errors, std::uint64_t{1});
    add_own(counters.finished, std::uint64_t{1}, std::memory_order_release);
    Watch& watch = peer.attempt.watch;
    if (watch.guard != nullptr) {
        const std::uint8_t asked = watch.guard->bad_outcomes;
        begin_watch(watch, counters, monotonic_us());
        count_end(watch, asked == 0 || (asked & table::kBadConnect) != 0);
        end_watch(watch);
    }
}

ngx_int_t try_variant(Peer& peer, ngx_peer_connection_t* pc) {
    const ngx_int_t got =
        peer.has_inner ? peer.inner.get(pc, peer.inner.data) : get_endpoint(peer, pc);
    counters::VariantCounters& counters = peer.variant == peer.decision->variant
                                              ? *peer.decision->counters
                                              : worker().counters_of(variant_of(peer));
    choose_watch(peer.attempt.watch, *peer.decision, table_variant(peer));
    if (got == NGX_OK || got == NGX_DONE || got == NGX_AGAIN) {
        counters::EndpointCounters* endpoint =
            peer.has_inner
                ? nullptr
                : &counters.endpoints[peer.decision->view->record.endpoints()[peer.endpoint].slot];
        begin(peer.attempt, counters, endpoint);
    } else if (got == NGX_BUSY) {
        count_nobody(peer, counters);
    }
    return got;
}

ngx_int_t switch_to_fallback(Peer& peer, ngx_peer_connection_t* pc) {
    peer.to_fallback = false;
    peer.shield_left = false;
    peer.variant = peer.decision->fallback;
    peer.request->upstream->conf = peer.location;  // from here on as without a shield
    if (enter_variant(peer, pc) != NGX_OK) {
        return NGX_ERROR;
    }
    if (peer.fallback_tries != 0 && pc->tries > peer.fallback_tries) {
        pc->tries = peer.fallback_tries;
    }
    return NGX_OK;
}

ngx_int_t get_peer(ngx_peer_connection_t* pc, void* data) {
    Peer& peer = *static_cast<Peer*>(data);
    if (peer.failed_before) {
        peer.failed_before = false;
        add_own(worker().counters_of(variant_of(peer)).retried_away, std::uint64_t{1});
    }
    if (peer.to_fallback && switch_to_fallback(peer, pc) != NGX_OK) {
        return NGX_ERROR;
    }
    if (peer.shield_left) {
        // nginx looks whether a status may be retried while the attempt still counts as a try.
        pc->tries = 2;
    }
    ngx_int_t got = try_variant(peer, pc);
    if (got == NGX_BUSY && peer.shield_left) {
        add_own(worker().counters_of(variant_of(peer)).retried_away, std::uint64_t{1});
        got = switch_to_fallback(peer, pc) == NGX_OK ? try_variant(peer, pc) : NGX_ERROR;
    }
    if (peer.conf->split->has_trail) {
        note_attempt(peer.request, *peer.conf->split, peer.variant);
    }
    return got;
}

void free_peer(ngx_peer_connection_t* pc, void* data, ngx_uint_t state) {
    Peer& peer = *static_cast<Peer*>(data);
    const bool failed = (state & NGX_PEER_FAILED) != 0;
    bool stale = false;
    if (peer.attempt.counters != nullptr) {
        const Outcome outcome = outcome_of(peer.attempt, peer.request, pc, state);
        stale = outcome == Outcome::stale_connection;
        if (peer.attempt.endpoint != nullptr && !stale && outcome != Outcome::client_closed) {
            note_health(peer, *peer.attempt.endpoint, failed);
        }
        finish(peer.attempt, peer.request, outcome);
    }
    if (peer.has_inner) {
        peer.inner.free(pc, peer.inner.data, state);
    } else if (pc->tries != 0) {
        --pc->tries;
    }
    peer.failed_before = failed && !stale;
    if (stale) {
        peer.tried = 0;  // a kept connection that had been closed: the endpoint may be tried again
    } else if (failed && peer.shield_left) {
        peer.to_fallback = true;
        pc->tries = 1;
    }
}

#if (NGX_SSL || NGX_COMPAT)
ngx_int_t set_session(ngx_peer_connection_t* pc, void* data) {
    const Peer& peer = *static_cast<Peer*>(data);
    return peer.has_inner ? peer.inner.set_session(pc, peer.inner.data) : NGX_OK;
}

// Sessions with the table's endpoints are not kept: their memory would have to outlive the table's
// publications. `keepalive` saves more than session reuse would.
void save_session(ngx_peer_connection_t* pc, void* data) {
    const Peer& peer = *static_cast<Peer*>(data);
    if (peer.has_inner) {
        peer.inner.save_session(pc, peer.inner.data);
    }
}
#endif

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

}  // namespace

bool has_attempt(const ngx_http_request_t* r, const SplitConf& split) {
    const auto* peer = static_cast<const Peer*>(ngx_http_get_module_ctx(r, ngx_http_teal_module));
    return r->upstream != nullptr && peer != nullptr && peer->conf->split == &split &&
           peer->attempt.counters != nullptr;
}

ngx_int_t init_peer(ngx_http_request_t* r, const UpstreamConf& conf) {
    if (active_holds != 0) [[unlikely]] {
        note_passing(r, *conf.split);
    }
    ngx_http_upstream_t& u = *r->upstream;
    auto* peer = static_cast<Peer*>(ngx_palloc(r->pool, sizeof(Peer)));
    const Decision* decision = decide(r, *conf.split);
    if (peer == nullptr || decision == nullptr) {
        return NGX_ERROR;
    }
    std::memset(peer, 0, offsetof(Peer, attempt));
    peer->attempt.counters = nullptr;
    peer->request = r;
    peer->conf = &conf;
    peer->decision = decision;
    peer->variant = decision->variant;
    ngx_http_set_ctx(r, peer, ngx_http_teal_module);
    if (conf.split->shield && decision->variant != decision->fallback && !raise_shield(*peer)) {
        return NGX_ERROR;
    }
    if (conf.split->has_trail && !begin_trail(r, *conf.split)) {
        return NGX_ERROR;
    }
    install(u, *peer);
    if (enter_variant(*peer, &u.peer) != NGX_OK) {
        return NGX_ERROR;
    }
    watch_first_byte(r, *peer);
    peer->reinit_request = u.reinit_request;
    u.reinit_request = on_reinit;
    return NGX_OK;
}

}  // namespace teal::nginx
