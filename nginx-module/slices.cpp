#include "nginx-module/slices.hpp"

#include "nginx-module/page.hpp"
#include "nginx-module/watch.hpp"

namespace teal::nginx {
namespace {

// So many pauses in a row without a new request, and there is nobody to be considerate of.
constexpr ngx_uint_t kQuietPauses = 8;
constexpr ngx_msec_t kPause_ms = 1;
// A scrape that takes longer than its ten seconds is given up: no page waits for more than this.
constexpr ngx_uint_t kMostPauses = 2'000;

// Of one request, in its pool.
struct Sliced {
    ngx_http_request_t* request;
    const char* content_type;
    MakeSlice make;
    void* source;
    ngx_event_t turn;             // the next turn of the event loop, or after a pause
    ngx_connection_t turn_owner;  // nginx's debug log takes the fd from an event's data
    ngx_chain_t* free;
    ngx_chain_t* busy;
    ngx_uint_t requests;  // that nginx had had when the last slice was done
    ngx_uint_t pauses;
    ngx_uint_t quiet_pauses;  // in a row
    Pace pace;
    bool is_last;
};

// Whether there were requests since the last call: of all workers, since they have the same
// processors. Where nginx was built without counting them (stub_status), there is always somebody
// to be considerate of.
bool note_requests(Sliced& page) {
#if (NGX_STAT_STUB)
    const ngx_uint_t before = page.requests;
    page.requests = static_cast<ngx_uint_t>(*ngx_stat_requests);
    return page.requests != before;
#else
    (void)page;
    return true;
#endif
}

void go_on(Sliced& page);

void forget_turn(void* data) {
    auto& page = *static_cast<Sliced*>(data);
    if (page.turn.posted != 0) {
        ngx_delete_posted_event((&page.turn));
    }
    if (page.turn.timer_set != 0) {
        ngx_del_timer((&page.turn));
    }
}

// A buffer that is not under way to the client, with its memory.
ngx_chain_t* take_buffer(Sliced& page) {
    ngx_pool_t* pool = page.request->pool;
    ngx_chain_t* link = ngx_chain_get_free_buf(pool, &page.free);
    if (link == nullptr) {
        return nullptr;
    }
    ngx_buf_t* buffer = link->buf;
    if (buffer->start == nullptr) {
        buffer->start = static_cast<u_char*>(ngx_palloc(pool, kSliceBytes));
        if (buffer->start == nullptr) {
            return nullptr;
        }
        buffer->end = buffer->start + kSliceBytes;
        buffer->temporary = 1;
        buffer->tag = static_cast<ngx_buf_tag_t>(&ngx_http_teal_module);
    }
    buffer->pos = buffer->start;
    buffer->last = buffer->start;
    buffer->last_buf = 0;
    buffer->last_in_chain = 0;
    buffer->flush = 0;
    return link;
}

ngx_int_t send_header(const Sliced& page, const ngx_buf_t& first) {
    return send_page_header(page.request, page.content_type,
                            page.is_last ? static_cast<off_t>(first.last - first.pos) : -1);
}

// Makes and sends a slice. NGX_ERROR and above NGX_OK: the request is over.
ngx_int_t send_slice(Sliced& page) {
    ngx_http_request_t* r = page.request;
    ngx_chain_t* link = take_buffer(page);
    if (link == nullptr) {
        return NGX_ERROR;
    }
    ngx_buf_t* buffer = link->buf;
    const Slice made = page.make(page.source, buffer, page.pace);
    if (made == Slice::failed) {
        return NGX_ERROR;
    }
    page.is_last = made == Slice::last;
    if (buffer->last == buffer->pos && !page.is_last) {
        link->next = page.free;
        page.free = link;
        return NGX_OK;
    }
    if (r->header_sent == 0) {
        const ngx_int_t sent = send_header(page, *buffer);
        if (sent == NGX_ERROR || sent > NGX_OK || r->header_only != 0) {
            page.is_last = true;
            return sent;
        }
    }
    buffer->last_buf = page.is_last && r == r->main ? 1 : 0;
    buffer->last_in_chain = page.is_last ? 1 : 0;
    buffer->flush = page.is_last ? 0 : 1;  // nginx is not to wait for more before it sends
    // Nothing to send and not to be told of the end: nginx refuses such a buffer.
    buffer->sync = buffer->last == buffer->pos && buffer->last_buf == 0 ? 1 : 0;
    const ngx_int_t sent = ngx_http_output_filter(r, link);
    ngx_chain_update_chains(r->pool, &page.free, &page.busy, &link,
                            static_cast<ngx_buf_tag_t>(&ngx_http_teal_module));
    return sent;
}

// nginx has not got rid of what it was given, and a writable socket will let it go on. A filter
// that compresses says "buffered" as long as it works, and waits for us. A subrequest does not wait
// for its client: nginx keeps its output until its turn has come.
bool is_held_up(const ngx_http_request_t& r) {
    constexpr unsigned kCompressing = NGX_HTTP_GZIP_BUFFERED;
    return &r == r.main && (r.connection->buffered & ~kCompressing) != 0;
}

void on_writable(ngx_http_request_t* r) {
    auto& page = *static_cast<Sliced*>(ngx_http_get_module_ctx(r, ngx_http_teal_module));
    ngx_connection_t* c = r->connection;
    ngx_event_t* event = c->write;
    if (event->timedout != 0) {
        c->timedout = 1;
        ngx_http_finalize_request(r, NGX_HTTP_REQUEST_TIME_OUT);
        return;
    }
    if (event->delayed == 0 && ngx_http_output_filter(r, nullptr) == NGX_ERROR) {
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }
    go_on(page);
}

void wait_until_writable(Sliced& page) {
    ngx_http_request_t* r = page.request;
    ngx_event_t* event = r->connection->write;
    const auto* location = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    r->write_event_handler = on_writable;
    if (event->delayed == 0) {  // by limit_rate, which has set a timer of its own
        ngx_add_timer(event, location->send_timeout);
    }
    if (ngx_handle_write_event(event, location->send_lowat) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_ERROR);
    }
}

void take_next_turn(Sliced& page) {
    ngx_event_t* event = page.request->connection->write;
    if (event->timer_set != 0 && event->delayed == 0) {
        ngx_del_timer(event);
    }
    page.request->write_event_handler = ngx_http_request_empty_handler;
    if (page.pace == Pace::considerate && page.pauses < kMostPauses) {
        ++page.pauses;
        ngx_add_timer((&page.turn), kPause_ms);
    } else if (page.turn.posted == 0) {
        ngx_post_event((&page.turn), &ngx_posted_next_events);
    }
}

void schedule(Sliced& page) {
    is_held_up(*page.request) ? wait_until_writable(page) : take_next_turn(page);
}

void go_on(Sliced& page) {
    ngx_http_request_t* r = page.request;
    if (is_held_up(*r)) {
        wait_until_writable(page);
        return;
    }
    const ngx_int_t sent = send_slice(page);
    if (sent == NGX_ERROR || sent > NGX_OK) {
        ngx_http_finalize_request(
            r, sent == NGX_ERROR && r->header_sent == 0 ? NGX_HTTP_INTERNAL_SERVER_ERROR : sent);
    } else if (page.is_last) {
        ngx_http_finalize_request(r, sent);  // sends what is left
    } else {
        schedule(page);
    }
}

void choose_pace(Sliced& page) {
    page.quiet_pauses = note_requests(page) ? 0 : page.quiet_pauses + 1;
    page.pace = page.quiet_pauses < kQuietPauses ? Pace::considerate : Pace::quick;
}

void on_turn(ngx_event_t* event) {
    auto& page =
        *reinterpret_cast<Sliced*>(reinterpret_cast<u_char*>(event) - offsetof(Sliced, turn));
    ngx_connection_t* c = page.request->connection;
    ngx_http_set_log_request(c->log, page.request);
    choose_pace(page);
    go_on(page);
    ngx_http_run_posted_requests(c);
}

}  // namespace

ngx_int_t send_in_slices(ngx_http_request_t* r, const char* content_type, MakeSlice make,
                         void* source) {
    ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(r->pool, 0);
    auto* page = make_in<Sliced>(r->pool);
    if (cleanup == nullptr || page == nullptr) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    page->request = r;
    page->content_type = content_type;
    page->make = make;
    page->source = source;
    page->turn_owner.fd = static_cast<ngx_socket_t>(-1);
    page->turn.data = &page->turn_owner;
    page->turn.handler = on_turn;
    page->turn.log = r->connection->log;
    cleanup->handler = forget_turn;
    cleanup->data = page;
    ngx_http_set_ctx(r, page, ngx_http_teal_module);
    const ngx_int_t sent = send_slice(*page);
    if (sent == NGX_ERROR && r->header_sent == 0) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (sent == NGX_ERROR || sent > NGX_OK || page->is_last) {
        return sent;
    }
    note_requests(*page);
    page->pace = Pace::considerate;  // until nobody else turns out to be there
    ++r->main->count;
    schedule(*page);
    return NGX_DONE;
}

}  // namespace teal::nginx
