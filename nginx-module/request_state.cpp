#include "nginx-module/decision.hpp"
#include "nginx-module/worker.hpp"

namespace teal::nginx {
namespace {

void release_snapshot(void* data) {
    release(static_cast<RequestState*>(data)->snapshot);
}

}  // namespace

RequestState* find_state(ngx_http_request_t* r) {
    const MainConf& conf = main_conf_of(r);
    if (conf.splits.nelts == 0) {
        return nullptr;  // there is no hidden variable then
    }
    const ngx_http_variable_value_t& hidden = r->variables[conf.request_variable];
    return hidden.valid != 0 ? reinterpret_cast<RequestState*>(hidden.data) : nullptr;
}

RequestState* make_state(ngx_http_request_t* r) {
    if (RequestState* state = find_state(r); state != nullptr) {
        return state;
    }
    const MainConf& conf = main_conf_of(r);
    const bool current = worker().conf == &conf;
    if (current) {
        refresh_table();
    }
    ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(r->pool, sizeof(RequestState));
    if (cleanup == nullptr) {
        return nullptr;
    }
    auto* state = static_cast<RequestState*>(cleanup->data);
    state->decisions = nullptr;
    state->trails = nullptr;
    // A snapshot knows its splits by their places in one configuration.
    state->snapshot = current ? worker().table.current() : nullptr;
    if (state->snapshot != nullptr) {
        ++state->snapshot->references;
    }
    cleanup->handler = release_snapshot;
    ngx_http_variable_value_t& hidden = r->variables[conf.request_variable];
    hidden.data = reinterpret_cast<u_char*>(state);
    hidden.len = 0;
    hidden.valid = 1;
    hidden.not_found = 0;
    hidden.no_cacheable = 0;
    return state;
}

}  // namespace teal::nginx
