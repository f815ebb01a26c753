#include "nginx-module/peer.hpp"

#include "nginx-module/attempt_trail.hpp"
#include "nginx-module/first_byte.hpp"
#include "nginx-module/hold_gate.hpp"
#include "nginx-module/peer_state.hpp"
#include "nginx-module/shield.hpp"
#include "nginx-module/table_endpoint.hpp"
#include "nginx-module/watch_choice.hpp"
#include "nginx-module/worker.hpp"
#include "shared/mapping/shared_word.hpp"

#include <cstring>

namespace teal::nginx {
namespace {

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
    lower_shield(peer);
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
    watch_first_bytes(r, *peer);
    return NGX_OK;
}

}  // namespace teal::nginx
