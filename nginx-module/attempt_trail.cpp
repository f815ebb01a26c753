#include "nginx-module/attempt_trail.hpp"

#include <cstring>

namespace teal::nginx {
namespace {

constexpr std::string_view kBetween = ", ";
constexpr std::string_view kRedirect = " : ";

AttemptTrail* find_trail(ngx_http_request_t* r, const SplitConf& split) {
    RequestState* state = find_state(r);
    AttemptTrail* trail = state != nullptr ? state->trails : nullptr;
    while (trail != nullptr && (trail->request != r || trail->split != &split)) {
        trail = trail->next;
    }
    return trail;
}

void push(AttemptTrail& trail, u_char entry) {
    auto* place = static_cast<u_char*>(ngx_array_push(&trail.entries));
    if (place != nullptr) {  // without memory the request itself fails at the next step
        *place = entry;
    }
}

std::string_view text_of(const AttemptTrail& trail, u_char entry) {
    return entry == AttemptTrail::kRedirected ? kRedirect
                                              : view_of(trail.split->variants[entry].name);
}

}  // namespace

bool begin_trail(ngx_http_request_t* r, const SplitConf& split) {
    if (AttemptTrail* trail = find_trail(r, split); trail != nullptr) {
        push(*trail, AttemptTrail::kRedirected);
        return true;
    }
    RequestState* state = make_state(r);
    auto* trail = make_in<AttemptTrail>(r->pool);
    if (state == nullptr || trail == nullptr ||
        ngx_array_init(&trail->entries, r->pool, 8, sizeof(u_char)) != NGX_OK) {
        return false;
    }
    trail->request = r;
    trail->split = &split;
    trail->next = state->trails;
    state->trails = trail;
    return true;
}

void note_attempt(ngx_http_request_t* r, const SplitConf& split, std::uint32_t variant) {
    if (AttemptTrail* trail = find_trail(r, split); trail != nullptr) {
        push(*trail, static_cast<u_char>(variant));
    }
}

ngx_int_t get_attempts(ngx_http_request_t* r, ngx_http_variable_value_t* value, uintptr_t split) {
    const AttemptTrail* trail = find_trail(r, *reinterpret_cast<const SplitConf*>(split));
    if (trail == nullptr || trail->entries.nelts == 0) {
        value->not_found = 1;
        return NGX_OK;
    }
    const auto* entries = static_cast<const u_char*>(trail->entries.elts);
    const std::size_t most = trail->entries.nelts * (table::kVariantNameBytes + kRedirect.size());
    auto* text = static_cast<u_char*>(ngx_pnalloc(r->pool, most));
    if (text == nullptr) {
        return NGX_ERROR;
    }
    u_char* at = text;
    bool after_variant = false;
    for (ngx_uint_t i = 0; i < trail->entries.nelts; ++i) {
        const bool is_variant = entries[i] != AttemptTrail::kRedirected;
        if (is_variant && after_variant) {
            at = ngx_cpymem(at, kBetween.data(), kBetween.size());
        }
        const std::string_view piece = text_of(*trail, entries[i]);
        at = ngx_cpymem(at, piece.data(), piece.size());
        after_variant = is_variant;
    }
    value->data = text;
    value->len = static_cast<unsigned>(at - text) & 0x0fffffffu;
    value->valid = 1;
    value->no_cacheable = 1;  // a retry may follow
    value->not_found = 0;
    return NGX_OK;
}

}  // namespace teal::nginx
