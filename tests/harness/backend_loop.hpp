// The event loop of one backend thread: accepts, reads, answers, keeps its own timers.
// One thread runs it; only wake() may be called from others.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "tests/harness/backend.hpp"
#include "tests/harness/backend_connection.hpp"
#include "tests/harness/epoll_set.hpp"

namespace teal::harness {

class BackendLoop {
public:
    BackendLoop(BackendState& state, std::shared_ptr<UniqueFd> listener);

    // Serves until state.stopping; then cuts what is open.
    void run();
    void wake() const { epoll_.wake(); }

private:
    using Clock = std::chrono::steady_clock;
    using Connection = BackendConnection;

    void accept_all();
    void on_event(Connection& connection, std::uint32_t events);
    void serve(Connection& connection);
    void handle_request(Connection& connection);
    void carry_out(Connection& connection, const Behaviour& behaviour);
    void drip(Connection& connection);
    void request_done(Connection& connection);
    void flush(Connection& connection);
    void close(Connection& connection, bool reset = false);
    void leave_listener();
    void run_timers();
    int milliseconds_to_timer() const;
    void refresh_behaviour();

    BackendState& state_;
    std::shared_ptr<UniqueFd> listener_;
    EpollSet epoll_;
    std::uint64_t next_tag_ = 1;
    std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
    std::vector<std::uint64_t> closed_;
    std::multimap<Clock::time_point, std::uint64_t> timers_;
    std::shared_ptr<const Behaviour> behaviour_;
    std::uint64_t behaviour_number_ = 0;
    std::string usual_answer_;  // rendered once per behaviour, not once per request
};

}  // namespace teal::harness
