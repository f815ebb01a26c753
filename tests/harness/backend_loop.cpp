#include "tests/harness/backend_loop.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace teal::harness {

namespace {
constexpr std::uint64_t kListener = 0;
}  // namespace

BackendLoop::BackendLoop(BackendState& state, std::shared_ptr<UniqueFd> listener)
    : state_(state), listener_(std::move(listener)) {
    epoll_.add(listener_->get(), EPOLLIN | EPOLLEXCLUSIVE, kListener);
}

void BackendLoop::run() {
    block_signals_in_this_thread();
    while (!state_.stopping) {
        for (const auto& event : epoll_.wait(milliseconds_to_timer())) {
            if (event.data.u64 == kListener && listener_) {
                accept_all();
            } else if (const auto found = connections_.find(event.data.u64);
                       found != connections_.end() && !found->second->closed) {
                on_event(*found->second, event.events);
            }
        }
        run_timers();
        if (state_.draining && listener_) {
            leave_listener();
        }
        for (const auto tag : closed_) {
            connections_.erase(tag);
        }
        closed_.clear();
    }
    state_.open_connections.fetch_sub(connections_.size());
    connections_.clear();
}

// Begin of a drain: nobody new, and nobody kept who waits for nothing.
void BackendLoop::leave_listener() {
    accept_all();  // a connection the kernel has accepted already would be reset
    epoll_.remove(listener_->get());
    listener_.reset();
    for (const auto& [tag, connection] : connections_) {
        if (!connection->closed) {
            on_event(*connection, EPOLLIN);  // a request that has arrived is still served
        }
        if (!connection->closed && !connection->busy && !connection->parser.started()) {
            close(*connection);
        }
    }
}

void BackendLoop::accept_all() {
    for (;;) {
        UniqueFd fd(::accept4(listener_->get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!fd) {
            return;
        }
        auto connection = std::make_unique<Connection>();
        connection->tag = next_tag_++;
        epoll_.add(fd.get(), EPOLLIN | EPOLLRDHUP, connection->tag);
        connection->fd = std::move(fd);
        connections_.emplace(connection->tag, std::move(connection));
        state_.connections.fetch_add(1, std::memory_order_relaxed);
        state_.open_connections.fetch_add(1);
    }
}

void BackendLoop::on_event(Connection& connection, std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) {
        flush(connection);
    }
    if (connection.closed || (events & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP)) == 0) {
        return;
    }
    std::array<char, 65536> chunk;
    const ssize_t got = ::recv(connection.fd.get(), chunk.data(), chunk.size(), 0);
    if (got > 0) {
        connection.in.append(chunk.data(), static_cast<std::size_t>(got));
        serve(connection);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        close(connection);
    }
}

void BackendLoop::serve(Connection& connection) {
    std::size_t taken = 0;
    while (!connection.closed && !connection.busy && !connection.websocket &&
           taken < connection.in.size()) {
        taken += connection.parser.feed(std::string_view(connection.in).substr(taken));
        if (connection.parser.failed()) {
            connection.out +=
                render({.status = 400, .body = "malformed\n"}, state_.options.name, false, true);
            connection.close_after = true;
            connection.busy = true;
        } else if (connection.parser.complete()) {
            handle_request(connection);
        }
    }
    if (connection.closed) {
        return;
    }
    connection.in.erase(0, taken);
    if (connection.websocket) {
        echo_frames(connection);
    }
    flush(connection);
}

void BackendLoop::handle_request(Connection& connection) {
    const auto& request = connection.parser;
    connection.busy = true;
    state_.requests.fetch_add(1, std::memory_order_relaxed);
    connection.close_after = request.last_on_connection() || state_.draining;
    refresh_behaviour();
    if (auto upgrade = websocket_handshake(request, state_.options.name);
        upgrade && behaviour_->manner == Manner::answer && behaviour_->status == 200) {
        connection.out += *upgrade;
        connection.websocket = true;
        connection.close_after = false;
        state_.websockets.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    const bool failing =
        behaviour_->fail_every > 0 && state_.requests % behaviour_->fail_every == 0;
    const auto target = request.target();
    const bool plain = !failing && !state_.options.handler &&
                       target.find('/', 1) == std::string::npos && target.substr(0, 5) != "/echo" &&
                       request.method() != "HEAD";
    if (plain && !usual_answer_.empty() && !connection.close_after) {
        connection.out += usual_answer_;
        request_done(connection);
        return;
    }
    Behaviour behaviour = *behaviour_;
    if (failing) {
        behaviour.status = behaviour.fail_status;
    } else if (!state_.options.handler || !state_.options.handler(request, behaviour)) {
        follow_path(request, behaviour);
    }
    if (behaviour.delay.count() > 0) {
        timers_.emplace(Clock::now() + behaviour.delay, connection.tag);
        connection.pending = std::move(behaviour);
    } else {
        carry_out(connection, behaviour);
    }
}

void BackendLoop::carry_out(Connection& connection, const Behaviour& behaviour) {
    switch (behaviour.manner) {
        case Manner::hang:
            connection.pending = behaviour;
            return;
        case Manner::close:
            close(connection);
            return;
        case Manner::reset:
            close(connection, true);
            return;
        default:
            break;
    }
    const bool half = behaviour.manner == Manner::half;
    connection.close_after = connection.close_after || state_.draining;
    connection.out += render(behaviour, state_.options.name, connection.parser.method() == "HEAD",
                             connection.close_after);
    connection.close_after = connection.close_after || half;
    if (behaviour.manner == Manner::drip && connection.parser.method() != "HEAD") {
        connection.pending = behaviour;
        connection.dripping = true;
        connection.dripped = 0;
        timers_.emplace(Clock::now(), connection.tag);
        return;
    }
    request_done(connection);
}

void BackendLoop::drip(Connection& connection) {
    const auto& behaviour = *connection.pending;
    const auto size = std::max<std::size_t>(1, behaviour.drip_bytes);
    connection.out.append(behaviour.body, connection.dripped, size);
    connection.dripped += size;
    if (connection.dripped < behaviour.body.size()) {
        timers_.emplace(Clock::now() + behaviour.drip_interval, connection.tag);
        flush(connection);
        return;
    }
    connection.pending.reset();
    connection.dripping = false;
    request_done(connection);
    serve(connection);
}

void BackendLoop::request_done(Connection& connection) {
    connection.parser.reset();
    connection.close_after = connection.close_after || state_.draining;
    connection.busy = connection.close_after;  // behind a last answer, nothing is read
}

void BackendLoop::flush(Connection& connection) {
    while (connection.sent < connection.out.size()) {
        const ssize_t sent = ::send(connection.fd.get(), connection.out.data() + connection.sent,
                                    connection.out.size() - connection.sent, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            break;
        }
        if (sent < 0 && errno != EINTR) {
            close(connection);
            return;
        }
        connection.sent += static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
    }
    const bool all_sent = connection.sent == connection.out.size();
    if (all_sent) {
        connection.out.clear();
        connection.sent = 0;
        if (connection.close_after && !connection.pending) {
            close(connection);
            return;
        }
    }
    if (connection.wants_write == all_sent) {
        connection.wants_write = !all_sent;
        const std::uint32_t writing = connection.wants_write ? std::uint32_t{EPOLLOUT} : 0U;
        epoll_.change(connection.fd.get(), EPOLLIN | EPOLLRDHUP | writing, connection.tag);
    }
}

void BackendLoop::close(Connection& connection, bool reset) {
    if (reset) {
        const linger now{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(connection.fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    connection.fd.reset();
    connection.closed = true;
    closed_.push_back(connection.tag);
    state_.open_connections.fetch_sub(1);
}

void BackendLoop::run_timers() {
    const auto now = Clock::now();
    while (!timers_.empty() && timers_.begin()->first <= now) {
        const auto found = connections_.find(timers_.begin()->second);
        timers_.erase(timers_.begin());
        if (found == connections_.end() || found->second->closed || !found->second->pending) {
            continue;
        }
        Connection& connection = *found->second;
        if (connection.dripping) {
            drip(connection);
        } else {
            const Behaviour behaviour = std::move(*connection.pending);
            connection.pending.reset();
            carry_out(connection, behaviour);
            if (!connection.closed) {
                serve(connection);
            }
        }
    }
}

int BackendLoop::milliseconds_to_timer() const {
    if (timers_.empty()) {
        return -1;
    }
    const auto left = timers_.begin()->first - Clock::now();
    return static_cast<int>(std::max<std::chrono::milliseconds::rep>(
        0, std::chrono::ceil<std::chrono::milliseconds>(left).count()));
}

void BackendLoop::refresh_behaviour() {
    const auto number = state_.behaviour_number.load();
    if (number == behaviour_number_) {
        return;
    }
    const std::lock_guard lock(state_.mutex);
    behaviour_ = state_.behaviour;
    behaviour_number_ = number;
    const bool simple = behaviour_->delay.count() == 0 && (behaviour_->manner == Manner::answer ||
                                                           behaviour_->manner == Manner::chunked);
    usual_answer_ = simple ? render(*behaviour_, state_.options.name, false, false) : "";
}

}  // namespace teal::harness
