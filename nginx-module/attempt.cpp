#include "nginx-module/attempt.hpp"

#include "shared/mapping/shared_word.hpp"

namespace teal::nginx {
namespace {

void add_one(std::uint64_t& word) {
    add_own(word, std::uint64_t{1});
}

std::uint64_t& counter_of_status(counters::VariantCounters& counters, ngx_uint_t status) {
    switch (status / 100) {
        case 1:
            return counters.status_1xx;
        case 2:
            return counters.status_2xx;
        case 3:
            return counters.status_3xx;
        case 4:
            return counters.status_4xx;
        default:
            return counters.status_5xx;
    }
}

std::uint64_t& counter_of(counters::VariantCounters& counters, Outcome outcome, ngx_uint_t status) {
    switch (outcome) {
        case Outcome::connect_error:
            return counters.connect_errors;
        case Outcome::timeout:
            return counters.timeouts;
        case Outcome::reset:
            return counters.resets;
        case Outcome::client_closed:
            return counters.client_closed;
        case Outcome::stale_connection:
            return counters.stale_connections;
        case Outcome::answered:
            break;
    }
    return counter_of_status(counters, status);
}

// The endpoint broke off before its answer was complete.
bool is_cut_short(const ngx_http_upstream_t& u, const ngx_peer_connection_t& pc) {
    if (u.pipe != nullptr && u.buffering != 0) {
        const ngx_event_pipe_t& pipe = *u.pipe;
        return pipe.upstream_error != 0 ||
               (pipe.upstream_eof != 0 && pipe.upstream_done == 0 && pipe.length > 0);
    }
    const ngx_connection_t* c = pc.connection;
    return c != nullptr && u.upgrade == 0 && u.length > 0 &&
           (c->read->eof != 0 || c->read->error != 0 || c->error != 0);
}

Outcome failure_of(const Attempt& attempt, const ngx_http_request_t& r,
                   const ngx_peer_connection_t& pc) {
    const ngx_http_upstream_t& u = *r.upstream;
    if (attempt.first_byte_us != 0) {
        // With a status of 400 and more nginx tries elsewhere because of the status; below that
        // the answer itself was not valid.
        return u.headers_in.status_n >= NGX_HTTP_BAD_REQUEST ? Outcome::answered : Outcome::reset;
    }
    if (pc.connection == nullptr || u.request_sent == 0) {
        return Outcome::connect_error;
    }
    // The endpoint had closed a kept connection. nginx tries again on a new one, except for
    // requests that must not be sent twice: those fail, and the visitor sees it.
    const bool repeatable = (r.method & (NGX_HTTP_POST | NGX_HTTP_LOCK | NGX_HTTP_PATCH)) == 0 ||
                            (u.conf->next_upstream & NGX_HTTP_UPSTREAM_FT_NON_IDEMPOTENT) != 0;
    return pc.cached != 0 && repeatable ? Outcome::stale_connection : Outcome::reset;
}

bool is_bad(const table::GuardSettings& guard, Outcome outcome, ngx_uint_t status) {
    const std::uint8_t asked = guard.bad_outcomes;
    const auto counts = [&](std::uint8_t kind) { return asked == 0 || (asked & kind) != 0; };
    switch (outcome) {
        case Outcome::connect_error:
            return counts(table::kBadConnect);
        case Outcome::timeout:
            return counts(table::kBadTimeout);
        case Outcome::reset:
            return counts(table::kBadReset);
        case Outcome::answered:
            return status >= 500 && counts(table::kBadStatus5xx);
        default:
            return false;
    }
}

void tell_guard(Watch& watch, Outcome outcome, ngx_uint_t status, std::uint64_t now_us) {
    // A visitor who left, or a kept connection that had been closed, says nothing of the variant.
    if (outcome != Outcome::client_closed && outcome != Outcome::stale_connection) {
        judge_latency(watch, now_us);
        count_end(watch, is_bad(*watch.guard, outcome, status));
    }
    end_watch(watch);
}

}  // namespace

void begin(Attempt& attempt, counters::VariantCounters& counters,
           counters::EndpointCounters* endpoint) {
    attempt.counters = &counters;
    attempt.endpoint = endpoint;
    attempt.started_us = monotonic_us();
    attempt.first_byte_us = 0;
    if (attempt.watch.guard != nullptr) {
        begin_watch(attempt.watch, counters, attempt.started_us);
    }
    add_one(counters.started);
    if (endpoint != nullptr) {
        add_one(endpoint->attempts);
        add_own(endpoint->in_flight, 1u);
    }
}

void note_first_byte(Attempt& attempt) {
    if (attempt.counters != nullptr && attempt.first_byte_us == 0) {
        attempt.first_byte_us = monotonic_us();
        if (attempt.watch.guard != nullptr) {
            judge_latency(attempt.watch, attempt.first_byte_us);
        }
    }
}

Outcome outcome_of(const Attempt& attempt, ngx_http_request_t* r, ngx_peer_connection_t* pc,
                   ngx_uint_t state) {
    const ngx_http_upstream_t& u = *r->upstream;
    const ngx_connection_t* c = pc->connection;  // nullptr too when `keepalive` has put it away
    if (c != nullptr && (c->read->timedout != 0 || c->write->timedout != 0)) {
        return Outcome::timeout;
    }
    if ((state & NGX_PEER_FAILED) != 0) {
        return failure_of(attempt, *r, *pc);
    }
    if (attempt.first_byte_us == 0 || u.headers_in.status_n == 0) {
        return Outcome::client_closed;
    }
    if (u.upgrade == 0 && is_cut_short(u, *pc)) {
        return r->connection->error != 0 ? Outcome::client_closed : Outcome::reset;
    }
    return Outcome::answered;
}

void finish(Attempt& attempt, ngx_http_request_t* r, Outcome outcome) {
    counters::VariantCounters& counters = *attempt.counters;
    const ngx_http_upstream_t& u = *r->upstream;
    const std::uint64_t now_us = monotonic_us();
    const std::uint64_t total_us = now_us - attempt.started_us;
    add_one(counter_of(counters, outcome, u.headers_in.status_n));
    if (attempt.first_byte_us != 0) {
        const std::uint64_t first_us = attempt.first_byte_us - attempt.started_us;
        add_one(counters.first_byte[counters::bucket_of(first_us)]);
        add_own(counters.first_byte_sum_us, first_us);
    }
    if (u.upgrade == 0 && outcome != Outcome::stale_connection) {
        add_one(counters.total[counters::bucket_of(total_us)]);
        add_own(counters.total_sum_us, total_us);
    }
    if (u.state != nullptr) {
        add_own(counters.bytes_received, static_cast<std::uint64_t>(u.state->bytes_received));
        add_own(counters.bytes_sent, static_cast<std::uint64_t>(u.state->bytes_sent));
    }
    if (attempt.endpoint != nullptr) {
        const bool failed = outcome == Outcome::connect_error || outcome == Outcome::timeout ||
                            outcome == Outcome::reset;
        add_own(attempt.endpoint->failures, std::uint64_t{failed ? 1u : 0u});
        add_own(attempt.endpoint->in_flight, 0u - 1u);
    }
    if (attempt.watch.guard != nullptr) {
        tell_guard(attempt.watch, outcome, u.headers_in.status_n, now_us);
    }
    add_own(counters.finished, std::uint64_t{1}, std::memory_order_release);
    attempt.counters = nullptr;
}

}  // namespace teal::nginx
