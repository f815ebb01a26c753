#include "tests/harness/load_worker.hpp"

#include <sys/socket.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "tests/harness/clocks.hpp"

namespace teal::harness {

namespace {

constexpr std::uint64_t kPacer = EpollSet::kWake - 1;
constexpr int kTickMs = 10;  // timeouts are seen, and refused connections tried again, this often
constexpr std::uint64_t kTickNs = std::uint64_t{kTickMs} * 1'000'000;

std::uint64_t nanoseconds(std::chrono::milliseconds duration) {
    return static_cast<std::uint64_t>(duration.count()) * 1'000'000;
}

std::vector<std::string> split_at_numbers(std::string_view text) {
    constexpr std::string_view kPlaceholder = "{n}";
    std::vector<std::string> pieces;
    auto at = text.find(kPlaceholder);
    while (at != std::string_view::npos) {
        pieces.emplace_back(text.substr(0, at));
        text.remove_prefix(at + kPlaceholder.size());
        at = text.find(kPlaceholder);
    }
    pieces.emplace_back(text);
    return pieces;
}

}  // namespace

LoadWorker::LoadWorker(LoadOptions options, const std::atomic<bool>& stopping,
                       std::atomic<std::uint64_t>& running_number)
    : options_(std::move(options)), stopping_(stopping), running_number_(running_number) {
    std::string request = "GET " + options_.path + " HTTP/1.1\r\nHost: " + options_.host + "\r\n";
    for (const auto& [name, value] : options_.fields) {
        request.append(name).append(": ").append(value).append("\r\n");
    }
    pieces_ = split_at_numbers(request + "\r\n");
    for (unsigned i = 0; i < options_.connections; ++i) {
        connections_.push_back(std::make_unique<Connection>());
        connections_.back()->index = i;
    }
    if (options_.rate > 0) {
        pacer_.reset(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
        epoll_.add(pacer_.get(), EPOLLIN, kPacer);
    }
}

bool LoadWorker::finished(std::uint64_t now) const {
    return stopping_ || now - started_ns_ >= nanoseconds(options_.longest);
}

void LoadWorker::run() {
    block_signals_in_this_thread();
    started_ns_ = checked_ns_ = monotonic_ns();
    for (const auto& connection : connections_) {
        next(*connection);
    }
    const auto waits = [](const auto& connection) { return connection->state == State::waiting; };
    for (std::uint64_t now = started_ns_;
         !finished(now) || std::any_of(connections_.begin(), connections_.end(), waits);
         now = monotonic_ns()) {
        if (pacer_ && !finished(now)) {
            release_due(now);
            arm_pacer();
        }
        for (const auto& event : epoll_.wait(kTickMs)) {
            if (event.data.u64 < connections_.size()) {
                on_event(*connections_[event.data.u64], event.events);
            } else if (event.data.u64 == kPacer) {
                std::uint64_t expirations = 0;
                [[maybe_unused]] const ssize_t got =
                    ::read(pacer_.get(), &expirations, sizeof expirations);
            }
        }
        check_timeouts(monotonic_ns());
    }
    for (const auto& connection : connections_) {
        drop(*connection);
    }
}

// Gives a free connection something to do: its next request, or a place in the queue for one.
void LoadWorker::next(Connection& connection) {
    const auto now = monotonic_ns();
    if (pacer_) {
        ready_.push_back(&connection);
    } else if (!finished(now)) {
        begin(connection, now);
    }
}

void LoadWorker::release_due(std::uint64_t now) {
    const double elapsed = static_cast<double>(now - started_ns_) / 1e9;
    while (!ready_.empty() && static_cast<double>(released_) <= elapsed * options_.rate) {
        const double due = static_cast<double>(released_++) / options_.rate * 1e9;
        Connection& connection = *ready_.front();
        ready_.pop_front();
        begin(connection, started_ns_ + static_cast<std::uint64_t>(due));
    }
}

void LoadWorker::arm_pacer() {
    if (ready_.empty()) {
        return;
    }
    const auto due = started_ns_ + static_cast<std::uint64_t>(static_cast<double>(released_) /
                                                              options_.rate * 1e9);
    itimerspec when{};
    when.it_value.tv_sec = static_cast<time_t>(due / 1'000'000'000);
    when.it_value.tv_nsec = static_cast<long>(due % 1'000'000'000);
    ::timerfd_settime(pacer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

void LoadWorker::begin(Connection& connection, std::uint64_t due) {
    connection.due_ns = due;
    connection.since_ns = monotonic_ns();
    compose(connection.out);
    connection.sent = 0;
    connection.is_reused = connection.state == State::idle;
    if (connection.is_reused) {
        connection.state = State::waiting;
        send(connection);
    } else {
        connect(connection);
    }
}

void LoadWorker::compose(std::string& out) {
    out = pieces_.front();
    if (pieces_.size() == 1) {
        return;
    }
    const std::string number =
        std::to_string(running_number_.fetch_add(1, std::memory_order_relaxed));
    for (std::size_t i = 1; i < pieces_.size(); ++i) {
        out.append(number).append(pieces_[i]);
    }
}

void LoadWorker::connect(Connection& connection) {
    connection.fd = options_.target.start_connect();
    if (!connection.fd) {
        fail(connection, LoadFailure::connect);
        return;
    }
    connection.state = State::connecting;
    epoll_.add(connection.fd.get(), EPOLLIN | EPOLLOUT, connection.index);
}

void LoadWorker::send(Connection& connection) {
    while (connection.sent < connection.out.size()) {
        const ssize_t sent = ::send(connection.fd.get(), connection.out.data() + connection.sent,
                                    connection.out.size() - connection.sent, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            epoll_.change(connection.fd.get(), EPOLLIN | EPOLLOUT, connection.index);
            return;
        }
        if (sent < 0) {
            fail(connection, LoadFailure::reset);
            return;
        }
        connection.sent += static_cast<std::size_t>(sent);
    }
}

void LoadWorker::on_event(Connection& connection, std::uint32_t events) {
    if (connection.state == State::connecting) {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(connection.fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) {
            fail(connection, LoadFailure::connect);
            return;
        }
        connection.state = State::waiting;
    }
    if ((events & EPOLLOUT) != 0) {
        epoll_.change(connection.fd.get(), EPOLLIN, connection.index);
        send(connection);
    } else if (connection.state != State::down) {
        receive(connection);
    }
}

void LoadWorker::receive(Connection& connection) {
    std::array<char, 65536> chunk;
    const ssize_t got = ::recv(connection.fd.get(), chunk.data(), chunk.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    auto& parser = connection.parser;
    if (connection.state == State::idle) {
        fail(connection, got > 0 ? LoadFailure::malformed : LoadFailure::idle_cut);
        return;
    }
    if (got <= 0) {
        if (got == 0) {
            parser.end_of_stream();
        }
        if (parser.complete()) {
            answered(connection);
        } else {
            fail(connection, parser.started() ? LoadFailure::short_body
                             : got == 0       ? LoadFailure::closed
                                              : LoadFailure::reset);
        }
        return;
    }
    std::string_view bytes(chunk.data(), static_cast<std::size_t>(got));
    do {
        bytes.remove_prefix(parser.feed(bytes));
        if (parser.complete() && parser.status() < 200 && parser.status() != 101) {
            parser.reset();
        }
    } while (!bytes.empty() && !parser.complete() && !parser.failed());
    if (parser.failed() || !bytes.empty()) {
        fail(connection, LoadFailure::malformed);
    } else if (parser.complete()) {
        answered(connection);
    }
}

void LoadWorker::answered(Connection& connection) {
    record(connection, connection.parser.status() >= 500 ? LoadFailure::status : LoadFailure::none);
    if (connection.parser.last_on_connection()) {
        drop(connection);
    } else {
        connection.parser.reset();
        connection.state = State::idle;
    }
    next(connection);
}

// The request was on its way when the server closed what it took for idle. Clients send it again
// (RFC 9110, 9.2.2).
bool LoadWorker::was_cut_when_idle(const Connection& connection, LoadFailure kind) const {
    return options_.sends_again && connection.is_reused && !connection.parser.started() &&
           (kind == LoadFailure::closed || kind == LoadFailure::reset);
}

void LoadWorker::fail(Connection& connection, LoadFailure kind) {
    if (was_cut_when_idle(connection, kind)) {
        drop(connection);
        connection.sent = 0;
        connection.is_reused = false;
        connect(connection);
        return;
    }
    const bool had_request = connection.state != State::idle;
    if (kind != LoadFailure::idle_cut || options_.idle_cut_fails) {
        record(connection, kind);
    }
    drop(connection);
    // A refused connection is tried again at the next tick, not in a busy loop; an idle one with a
    // rate is still in the queue.
    if (had_request && (pacer_ || kind != LoadFailure::connect)) {
        next(connection);
    }
}

void LoadWorker::record(const Connection& connection, LoadFailure kind) {
    const auto& parser = connection.parser;
    LoadRecord entry;
    entry.monotonic_ns = monotonic_ns();
    entry.realtime_ns = realtime_ns();
    entry.failure = kind;
    if (kind != LoadFailure::idle_cut) {
        entry.latency_us =
            static_cast<std::uint32_t>((entry.monotonic_ns - connection.due_ns) / 1000);
    }
    std::string_view variant;
    if (parser.head_complete()) {
        entry.status = static_cast<std::uint16_t>(parser.status());
        for (const auto& name : options_.variant_fields) {
            variant = variant.empty() ? parser.field(name) : variant;
        }
    }
    const std::lock_guard lock(mutex_);
    entry.variant = results_.variant_index(variant);
    results_.add(entry);
}

void LoadWorker::drop(Connection& connection) {
    connection.fd.reset();
    connection.parser.reset();
    connection.state = State::down;
}

void LoadWorker::check_timeouts(std::uint64_t now) {
    if (now - checked_ns_ < kTickNs) {
        return;
    }
    checked_ns_ = now;
    for (const auto& connection : connections_) {
        const bool due =
            connection->state == State::waiting || connection->state == State::connecting;
        if (due && now > connection->since_ns + nanoseconds(options_.timeout)) {
            fail(*connection, LoadFailure::timeout);
        } else if (connection->state == State::down && !pacer_) {
            next(*connection);
        }
    }
}

}  // namespace teal::harness
