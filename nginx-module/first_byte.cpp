#include "nginx-module/first_byte.hpp"

namespace teal::nginx {
namespace {

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

}  // namespace

void watch_first_bytes(ngx_http_request_t* r, Peer& peer) {
    watch_first_byte(r, peer);
    peer.reinit_request = r->upstream->reinit_request;
    r->upstream->reinit_request = on_reinit;
}

}  // namespace teal::nginx
