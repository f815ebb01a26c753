#include "nginx-module/table_endpoint.hpp"

#include "nginx-module/endpoint_choice.hpp"
#include "shared/mapping/shared_word.hpp"

namespace teal::nginx {

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

}  // namespace teal::nginx
