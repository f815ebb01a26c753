// The request path, all of it: refresh -> wishes -> part in the experiment -> key -> hash ->
// choose. Which endpoint of the variant serves is peer.cpp's business.
#include "nginx-module/canary_traffic.hpp"
#include "nginx-module/decision.hpp"
#include "nginx-module/key_value.hpp"
#include "nginx-module/participation.hpp"
#include "nginx-module/variables.hpp"
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
    if (split.selective) {
        wishes.home = in_table(view, split.default_variant);
        wishes.absence = is_excluded(r, split) ? table::Absence::excluded : table::Absence::none;
    }
    auto* rules = static_cast<WhenRule*>(split.when.elts);
    for (ngx_uint_t i = 0; i < split.when.nelts && wishes.when == table::kNoVariant; ++i) {
        if (holds(r, rules[i].condition)) {
            wishes.when = in_table(view, rules[i].variant);
        }
    }
    return wishes;
}

Attendance attendance_of(table::Reason reason, const Remembered& remembered,
                         const sticky::Cookie& memory) {
    if (reason == table::Reason::sticky) {
        return memory.exposed ? Attendance::exposed : Attendance::none;
    }
    // Who brought a good cookie and was moved is no longer where chance has put him.
    return reason == table::Reason::key && !remembered.valid ? Attendance::newcomer
                                                             : Attendance::none;
}

void choose(ngx_http_request_t* r, std::uint64_t generation, Decision& decision) {
    const SplitConf& split = *decision.split;
    const SplitView& view = *decision.view;
    const bool sticky = split.cookie_name.len != 0;
    table::Wishes wishes = wishes_of(r, split, view);
    if (split.selective && wishes.absence == table::Absence::none) {
        wishes.absence = absence_by_key(r, split);
    }
    Remembered remembered;
    if (sticky && wishes.absence == table::Absence::none) {
        remembered = read_sticky_cookie(r, split, view, decision.memory);
        wishes.sticky = remembered.variant;
    } else if (sticky) {
        decision.memory = {};
    }
    table::Choice choice = table::choose_without_key(view.record, wishes);
    const bool by_ring =
        choice.reason == table::Reason::key || choice.reason == table::Reason::only;
    if (choice.variant == table::kNoVariant || (by_ring && sticky)) {
        const std::uint64_t point = visitor_hash(r, split, view.record.salt);
        choice.variant = table::variant_at(view.record, point);
        // Whoever brought a good cookie stays the same visitor, whatever variant he gets.
        if (sticky && !remembered.valid) {
            decision.memory.visitor = point;
        }
    }
    decision.reason = choice.reason;
    if (sticky) {
        decision.set_cookie =
            by_ring || (choice.reason == table::Reason::sticky && remembered.is_old);
        decision.attendance = attendance_of(choice.reason, remembered, decision.memory);
    }
    if (has_canary(view)) {
        decision.fallback = fallback_of(split, view);
        decision.reason = canary_reason(split, view, generation, choice);
    }
    if (decision.reason != choice.reason) {
        decision.variant = decision.fallback;
    } else if (view.conf_variant[choice.variant] != SplitView::kUnmatched) {
        decision.variant = view.conf_variant[choice.variant];
    } else {
        decision.reason = table::Reason::fallback;  // a variant that nginx.conf does not know
    }
    if (decision.reason != choice.reason) {
        decision.set_cookie = false;
        decision.attendance = Attendance::none;
    }
}

Decision* find_in(const RequestState& state, const SplitConf& split) {
    Decision* made = state.decisions;
    while (made != nullptr && made->split != &split) {
        made = made->next;
    }
    return made;
}

// REQUIRES: there is none for this split. nullptr: no memory.
[[gnu::always_inline]] inline Decision* make_decision(ngx_http_request_t* r, RequestState& state,
                                                      const SplitConf& split) {
    auto* decision = &state.first;
    if (state.decisions != nullptr) {
        decision = static_cast<Decision*>(ngx_palloc(r->pool, sizeof(Decision)));
        if (decision == nullptr) {
            return nullptr;
        }
    }
    decision->split = &split;
    decision->variant = split.default_variant;
    decision->fallback = split.default_variant;
    decision->reason = table::Reason::fallback;
    decision->set_cookie = false;
    decision->attendance = Attendance::none;
    decision->view = state.snapshot != nullptr ? state.snapshot->views[split.index] : nullptr;
    if (decision->view != nullptr) {
        choose(r, state.snapshot->generation, *decision);
    }
    decision->counters = &worker().counters_of(split.variants[decision->variant]);
    decision->next = state.decisions;
    state.decisions = decision;
    return decision;
}

}  // namespace

Decision* find_decision(ngx_http_request_t* r, const SplitConf& split) {
    const RequestState* state = find_state(r);
    return state != nullptr ? find_in(*state, split) : nullptr;
}

Decision* decide(ngx_http_request_t* r, const SplitConf& split) {
    RequestState* state = make_state(r);
    if (state == nullptr) {
        return nullptr;
    }
    if (Decision* made = find_in(*state, split); made != nullptr) {
        return made;
    }
    Decision* decision = make_decision(r, *state, split);
    if (decision != nullptr) {
        add_own(decision->counters->decided, std::uint64_t{1});
    }
    return decision;
}

[[gnu::cold]] void decide_anew(ngx_http_request_t* r) {
    RequestState* earlier = find_state(r);
    if (earlier == nullptr) {
        return;
    }
    r->variables[main_conf_of(r).request_variable].valid = 0;
    forget_variables(r);
    RequestState* state = make_state(r);
    if (state == nullptr) {
        return;
    }
    state->trails = earlier->trails;
    for (const Decision* made = earlier->decisions; made != nullptr; made = made->next) {
        make_decision(r, *state, *made->split);
    }
}

}  // namespace teal::nginx
