// One thread of a load generator: its connections, its event loop, its results.
// run() belongs to one thread; wake() and read() may be called from others.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/harness/epoll_set.hpp"
#include "tests/harness/load.hpp"
#include "tests/harness/message_parser.hpp"

namespace teal::harness {

class LoadWorker {
public:
    LoadWorker(LoadOptions options, const std::atomic<bool>& stopping,
               std::atomic<std::uint64_t>& running_number);

    void run();
    void wake() const { epoll_.wake(); }

    template <class Reader>
    void read(Reader reader) const {
        const std::lock_guard lock(mutex_);
        reader(results_);
    }

private:
    enum class State { down, connecting, idle, waiting };
    struct Connection {
        std::uint64_t index = 0;  // in connections_, and epoll's tag
        UniqueFd fd{};
        State state = State::down;
        MessageParser parser{MessageParser::Kind::response, false};
        std::string out{};
        std::size_t sent = 0;
        bool is_reused = false;      // it has answered a request before this one
        std::uint64_t due_ns = 0;    // when its request should have been sent
        std::uint64_t since_ns = 0;  // when it began to connect or to wait; when down: since when
    };

    void release_due(std::uint64_t now);
    void begin(Connection& connection, std::uint64_t due);
    void connect(Connection& connection);
    void send(Connection& connection);
    void on_event(Connection& connection, std::uint32_t events);
    void receive(Connection& connection);
    void answered(Connection& connection);
    void fail(Connection& connection, LoadFailure kind);
    bool was_cut_when_idle(const Connection& connection, LoadFailure kind) const;
    void record(const Connection& connection, LoadFailure kind);
    void drop(Connection& connection);
    void check_timeouts(std::uint64_t now);
    void arm_pacer();
    void compose(std::string& out);
    bool finished(std::uint64_t now) const;
    void next(Connection& connection);

    LoadOptions options_;
    const std::atomic<bool>& stopping_;
    std::atomic<std::uint64_t>& running_number_;
    EpollSet epoll_;
    UniqueFd
        pacer_;  // timerfd: epoll's milliseconds are too coarse for thousands of requests a second
    std::vector<std::string> pieces_;  // of the request, between the running numbers
    std::vector<std::unique_ptr<Connection>> connections_;
    std::deque<Connection*> ready_;  // with a rate: idle or down, without a request of their own
    std::uint64_t started_ns_ = 0;
    std::uint64_t released_ = 0;  // requests that became due, with a rate
    std::uint64_t checked_ns_ = 0;
    mutable std::mutex mutex_;
    LoadResults results_;  // guarded by mutex_
};

}  // namespace teal::harness
