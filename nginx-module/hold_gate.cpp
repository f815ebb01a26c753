#include "nginx-module/hold_gate.hpp"

#include "nginx-module/decision.hpp"
#include "nginx-module/hold_split.hpp"
#include "nginx-module/peer.hpp"
#include "nginx-module/worker.hpp"

namespace teal::nginx {
namespace {

void on_request_gone(void* data) {
    stop_waiting(*static_cast<HeldRequest*>(data));
}

// A part of a page whose other part is being served: it belongs to a request in flight, which has
// to end before the split counts as drained.
bool is_served_already(const ngx_http_request_t* r, const SplitConf& split) {
    for (const ngx_http_request_t* outer = r->parent; outer != nullptr; outer = outer->parent) {
        if (has_attempt(outer, split)) {
            return true;
        }
    }
    return false;
}

// The hold that stops the request now; nullptr: none does.
Hold* hold_of(ngx_http_request_t* r, const SplitConf& split) {
    if (active_holds == 0 || worker().conf != &main_conf_of(r)) {
        return nullptr;
    }
    refresh_table();
    Hold* hold = active_hold(split);
    return hold == nullptr || is_served_already(r, split) ? nullptr : hold;
}

bool add_retry_after(ngx_http_request_t* r, std::uint64_t seconds) {
    static u_char name[] = "Retry-After";
    auto* field = static_cast<ngx_table_elt_t*>(ngx_list_push(&r->headers_out.headers));
    auto* text = static_cast<u_char*>(ngx_pnalloc(r->pool, NGX_INT64_LEN));
    if (field == nullptr) {
        return false;
    }
    field->hash = 0;
    if (text == nullptr) {
        return false;
    }
    ngx_memzero(field, sizeof(*field));
    field->hash = 1;
    field->key = {sizeof(name) - 1, name};
    field->value = {static_cast<std::size_t>(ngx_sprintf(text, "%uL", seconds) - text), text};
    return true;
}

ngx_int_t refuse(ngx_http_request_t* r, const Hold& hold) {
    count_refused(hold);
    ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                  "teal: split \"%s\" is held and no more requests may wait (teal_hold_limit)",
                  hold.split);
    return add_retry_after(r, seconds_left(hold)) ? NGX_HTTP_SERVICE_UNAVAILABLE
                                                  : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

// NGX_AGAIN: it waits. An HTTP status: it is to end with that.
ngx_int_t make_wait(ngx_http_request_t* r, Hold& hold, bool body_is_read) {
    if (!may_wait()) {
        return refuse(r, hold);
    }
    ngx_http_cleanup_t* cleanup = ngx_http_cleanup_add(r, sizeof(HeldRequest));
    if (cleanup == nullptr || ngx_handle_read_event(r->connection->read, 0) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    auto& held = *static_cast<HeldRequest*>(cleanup->data);
    held.request = r;
    held.body_is_read = body_is_read;
    cleanup->handler = on_request_gone;
    begin_waiting(hold, held);
    r->read_event_handler = ngx_http_test_reading;  // notices a visitor who leaves
    r->write_event_handler = ngx_http_request_empty_handler;
    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0, "teal: waits, split \"%s\" is held",
                   hold.split);
    return NGX_AGAIN;
}

void pass_body_on(ngx_http_request_t* r) {
    const SplitConf* split = split_of_location(r);
    if (Hold* hold = split != nullptr ? hold_of(r, *split) : nullptr; hold != nullptr) {
        if (const ngx_int_t result = make_wait(r, *hold, true); result != NGX_AGAIN) {
            ngx_http_finalize_request(r, result);
        }
        return;
    }
    ngx_http_upstream_init(r);
}

// The content handler, asked to come back to the gate when it has the body.
ngx_int_t read_body_first(ngx_http_request_t* r) {
    const ngx_int_t result = r->content_handler(r);
    if (result == NGX_DONE && r->request_body != nullptr &&
        r->request_body->post_handler == ngx_http_upstream_init) {
        r->request_body->post_handler = pass_body_on;
    }
    return result;
}

bool has_body(const ngx_http_request_t* r) {
    return r->headers_in.content_length_n > 0 || r->headers_in.chunked != 0;
}

// Not inlined, like note_passing(): the compare before it is all that most requests take.
[[gnu::noinline, gnu::cold]] ngx_int_t stop_or_pass(ngx_http_request_t* r,
                                                    ngx_http_phase_handler_t* phase) {
    const SplitConf* split = split_of_location(r);
    if (split == nullptr) {
        return ngx_http_core_content_phase(r, phase);
    }
    if (Hold* hold = hold_of(r, *split); hold != nullptr) {
        if (const ngx_int_t result = make_wait(r, *hold, false); result != NGX_AGAIN) {
            ngx_http_finalize_request(r, result);
        }
        return NGX_OK;  // to nginx: this request goes on when somebody says so
    }
    if (r->content_handler == nullptr || r->request_body != nullptr || !has_body(r)) {
        return ngx_http_core_content_phase(r, phase);
    }
    r->write_event_handler = ngx_http_request_empty_handler;
    ngx_http_finalize_request(r, read_body_first(r));
    return NGX_OK;
}

ngx_int_t check_content_phase(ngx_http_request_t* r, ngx_http_phase_handler_t* phase) {
    if (active_holds == 0 && !has_body(r)) [[likely]] {
        return ngx_http_core_content_phase(r, phase);
    }
    return stop_or_pass(r, phase);
}

}  // namespace

void install_hold_gate(ngx_cycle_t* cycle) {
    auto* core = static_cast<ngx_http_core_main_conf_t*>(
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_core_module));
    ngx_http_phase_handler_t* phase = core->phase_engine.handlers;
    while (phase->checker != nullptr && phase->checker != ngx_http_core_content_phase) {
        ++phase;
    }
    if (phase->checker != nullptr) {
        phase->checker = check_content_phase;
    }
}

void go_on(HeldRequest& held) {
    ngx_http_request_t* r = held.request;
    ngx_connection_t* c = r->connection;
    ngx_http_set_log_request(c->log, r);
    decide_anew(r);
    r->read_event_handler = ngx_http_block_reading;
    if (held.body_is_read) {
        pass_body_on(r);
    } else {
        r->write_event_handler = ngx_http_core_run_phases;
        ngx_http_core_run_phases(r);
    }
    ngx_http_run_posted_requests(c);
}

[[gnu::noinline, gnu::cold]] void note_passing(ngx_http_request_t* r, const SplitConf& split) {
    if (worker().conf != &main_conf_of(r) || is_report_due()) {
        return;  // nobody has been told yet that the split is held
    }
    Hold* hold = active_hold(split);
    if (hold == nullptr || is_served_already(r, split)) {
        return;
    }
    count_passed(*hold);
    if (!hold->told_passing) {
        hold->told_passing = true;
        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "teal: a request went past the hold of split \"%s\"; where proxy_pass has "
                      "variables say \"teal_hold %s;\" in its location",
                      hold->split, hold->split);
    }
}

}  // namespace teal::nginx
