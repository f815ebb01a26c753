#include "nginx-module/sticky_filter.hpp"

#include "nginx-module/decision.hpp"
#include "nginx-module/goals.hpp"
#include "nginx-module/request_cookie.hpp"
#include "nginx-module/worker.hpp"
#include "shared/mapping/shared_word.hpp"

#include <cstring>

namespace teal::nginx {
namespace {

constinit ngx_http_output_header_filter_pt next_filter = nullptr;

sticky::Scope scope_of(ngx_http_request_t* r, const SplitConf& split, const SplitView& view) {
    const MainConf& conf = main_conf_of(r);
    sticky::Scope scope;
    scope.split = view_of(split.name);
    scope.salt = view.record.salt;
    scope.digest = view.cookie_digest;
    scope.signers = conf.signers;
    scope.signer_count = conf.signer_count;
    scope.max_age_s = static_cast<std::uint64_t>(split.cookie_seconds);
    return scope;
}

bool add_cookie(ngx_http_request_t* r, const Decision& decision) {
    const SplitConf& split = *decision.split;
    sticky::Cookie cookie = decision.memory;
    cookie.variant = view_of(split.variants[decision.variant].name);
    cookie.issued_unix_s = static_cast<std::uint64_t>(ngx_time());
    cookie.exposed = decision.attendance == Attendance::exposed;
    char text[sticky::kMaxCookieBytes];
    ngx_str_t value = {sticky::write_cookie(scope_of(r, split, *decision.view), cookie, text),
                       reinterpret_cast<u_char*>(text)};
    auto* header = static_cast<ngx_table_elt_t*>(ngx_list_push(&r->headers_out.headers));
    auto* line = static_cast<u_char*>(
        ngx_pnalloc(r->pool, split.cookie_name.len + 1 + value.len + split.cookie_attributes.len));
    if (header == nullptr || line == nullptr) {
        if (header != nullptr) {
            header->hash = 0;
        }
        return false;
    }
    const u_char* end =
        ngx_sprintf(line, "%V=%V%V", &split.cookie_name, &value, &split.cookie_attributes);
    std::memset(header, 0, sizeof(*header));
    header->hash = 1;
    ngx_str_set(&header->key, "Set-Cookie");
    header->value = {static_cast<std::size_t>(end - line), line};
    return true;
}

// A visitor exists once he gets his cookie: one that was decided for in the log alone never does.
void count_exposures(const RequestState& state) {
    for (Decision* made = state.decisions; made != nullptr; made = made->next) {
        if (made->attendance == Attendance::newcomer && made->set_cookie) {
            made->attendance = Attendance::exposed;
            add_own(worker().counters_of(made->split->variants[made->variant]).exposures,
                    std::uint64_t{1});
        }
    }
}

// Exposures before goals: who sees the experiment and reaches its goal at once is one visitor more
// and one conversion more. A goal may make a decision, so the state is asked for again.
ngx_int_t filter(ngx_http_request_t* r) {
    if (r != r->main) {
        return next_filter(r);
    }
    const RequestState* state = find_state(r);
    if (state != nullptr) {
        count_exposures(*state);
    }
    count_goals(r);
    if (state == nullptr) {
        state = find_state(r);
    }
    for (Decision* made = state != nullptr ? state->decisions : nullptr; made != nullptr;
         made = made->next) {
        if (made->set_cookie && !add_cookie(r, *made)) {
            return NGX_ERROR;
        }
        made->set_cookie = false;
    }
    return next_filter(r);
}

}  // namespace

Remembered read_sticky_cookie(ngx_http_request_t* r, const SplitConf& split, const SplitView& view,
                              sticky::Cookie& memory) {
    ngx_str_t value;
    Remembered remembered;
    if (!find_request_cookie(r, split.cookie_name, value)) {
        memory = {};
        return remembered;
    }
    const auto now = static_cast<std::uint64_t>(ngx_time());
    if (!sticky::read_cookie(scope_of(r, split, view), view_of(value), now, &memory)) {
        memory = {};
        return remembered;
    }
    remembered.valid = true;
    // In its second half of life it is given anew, so that a regular visitor never loses it.
    remembered.is_old =
        !memory.is_current ||
        now > memory.issued_unix_s + static_cast<std::uint64_t>(split.cookie_seconds) / 2;
    for (std::uint32_t v = 0; v < view.record.variant_count; ++v) {
        if (memory.variant == view.record.variants[v].name) {
            remembered.variant = v;
            break;
        }
    }
    return remembered;
}

void install_sticky_filter() {
    next_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = filter;
}

}  // namespace teal::nginx
