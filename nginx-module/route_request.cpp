// The request path, all of it: refresh -> wishes -> key -> hash -> choose. Which endpoint of the
// variant serves is peer.cpp's business.
#include "nginx-module/canary_traffic.hpp"
#include "nginx-module/decision.hpp"
#include "nginx-module/key_value.hpp"
#include "nginx-module/worker.hpp"
#include "shared/hash/key_hash.hpp"
#include "shared/mapping/shared_word.hpp"

namespace teal::nginx {
namespace {

// The first key that is not empty. With none the request goes to a random point: the shares stay
// exact, where hashing nothing would send all such requests to one variant.
std::uint64_t visitor_hash(ngx_http_request_t* r, const SplitConf& split, std::uint64_t salt) {
    const auto* keys = static_cast<const KeyConf*>(split.keys.elts);
    for (ngx_uint_t i = 0; i < split.keys.nelts; ++i) {
        ngx_str_t key;
        if (key_value(r, keys[i], key)) {
            return key_hash(key.data, key.len, salt);
        }
    }
    return worker().random();
}

std::uint32_t in_table(const SplitView& view, std::uint32_t conf_variant) {
    const bool matched = conf_variant != table::kNoVariant &&
                         view.table_variant[conf_variant] != SplitView::kUnmatched;
    return matched ? view.table_variant[conf_variant] : table::kNoVariant;
}

table::Wishes wishes_of(ngx_http_request_t* r, const SplitConf& split, const SplitView& view) {
    table::Wishes wishes;
    ngx_str_t value;
    if (split.pin != nullptr && ngx_http_complex_value(r, split.pin, &value) == NGX_OK) {
        wishes.pin = in_table(view, find_variant(split, view_of(value)));
    }
    auto* rules = static_cast<WhenRule*>(split.when.elts);
    for (ngx_uint_t i = 0; i < split.when.nelts && wishes.when == table::kNoVariant; ++i) {
        if (ngx_http_complex_value(r, &rules[i].condition, &value) == NGX_OK && value.len != 0 &&
            view_of(value) != "0") {
            wishes.when = in_table(view, rules[i].variant);
        }
    }
    return wishes;
}

void choose(ngx_http_request_t* r, std::uint64_t generation, Decision& decision) {
    const SplitConf& split = *decision.split;
    const SplitView& view = *decision.view;
    table::Wishes wishes = wishes_of(r, split, view);
    bool cookie_is_old = true;
    if (split.cookie_name.len != 0) {
        wishes.sticky = sticky_variant(r, split, view.record, &decision.visitor, &cookie_is_old);
    }
    table::Choice choice = table::choose_without_key(view.record, wishes);
    const bool by_ring =
        choice.reason == table::Reason::key || choice.reason == table::Reason::only;
    if (choice.reason == table::Reason::key || (by_ring && split.cookie_name.len != 0)) {
        const std::uint64_t hash = visitor_hash(r, split, view.record.salt);
        choice.variant = table::variant_at(view.record, hash);
        // Whoever brought a good cookie stays the same visitor, whatever variant he gets.
        decision.visitor = decision.visitor != 0 ? decision.visitor : hash;
    }
    decision.reason = choice.reason;
    decision.set_cookie = split.cookie_name.len != 0 &&
                          (by_ring || (choice.reason == table::Reason::sticky && cookie_is_old));
    if (has_canary(view)) {
        decision.fallback = fallback_of(split, view);
        decision.reason = canary_reason(split, view, generation, choice);
    }
    if (decision.reason != choice.reason) {
        decision.variant = decision.fallback;
        decision.set_cookie = false;
    } else if (view.conf_variant[choice.variant] != SplitView::kUnmatched) {
        decision.variant = view.conf_variant[choice.variant];
    } else {
        decision.reason = table::Reason::fallback;  // a variant that nginx.conf does not know
        decision.set_cookie = false;
    }
}

}  // namespace

const Decision* decide(ngx_http_request_t* r, const SplitConf& split) {
    RequestState* state = make_state(r);
    if (state == nullptr) {
        return nullptr;
    }
    for (Decision* made = state->decisions; made != nullptr; made = made->next) {
        if (made->split == &split) {
            return made;
        }
    }
    auto* decision = &state->first;
    if (state->decisions != nullptr) {
        decision = static_cast<Decision*>(ngx_palloc(r->pool, sizeof(Decision)));
        if (decision == nullptr) {
            return nullptr;
        }
    }
    *decision = {};
    decision->split = &split;
    decision->variant = split.default_variant;
    decision->fallback = split.default_variant;
    decision->reason = table::Reason::fallback;
    decision->view = state->snapshot != nullptr ? state->snapshot->views[split.index] : nullptr;
    if (decision->view != nullptr) {
        choose(r, state->snapshot->generation, *decision);
    }
    decision->next = state->decisions;
    state->decisions = decision;
    add_own(worker().counters_of(split.variants[decision->variant]).decided, std::uint64_t{1});
    return decision;
}

}  // namespace teal::nginx
