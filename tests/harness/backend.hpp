// A real HTTP/1.1 origin in threads of its own: keepalive, pipelining, request bodies, WebSockets,
// and every way an origin can misbehave. Every answer names it in `X-Served-By`.
//
// Thread-safety: every member may be called from any thread; start/stop/restart from one at a time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/harness/backend_behaviour.hpp"
#include "tests/harness/endpoint.hpp"
#include "tests/harness/port_reservation.hpp"

namespace teal::harness {

class BackendLoop;

struct BackendOptions {
    std::string name = "backend";
    std::string
        address{};  // "127.0.0.1:80", "[::1]:80", "unix:/path"; empty: a free port on 127.0.0.1
    int threads = 1;
    BackendHandler handler{};  // asked before the path is
};

// What the threads share; counts never go down.
struct BackendState {
    BackendOptions options;
    std::mutex mutex;
    std::shared_ptr<const Behaviour> behaviour;  // guarded by mutex
    std::atomic<std::uint64_t> behaviour_number{1};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> connections{0};
    std::atomic<std::uint64_t> open_connections{0};
    std::atomic<std::uint64_t> websockets{0};
    std::atomic<bool> stopping{false};
    std::atomic<bool> draining{false};
};

class Backend {
public:
    // Listens and serves at once. Throws std::system_error when it cannot.
    explicit Backend(BackendOptions options);
    explicit Backend(std::string name) : Backend(BackendOptions{.name = std::move(name)}) {}
    ~Backend();
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;

    // The behaviour of every request whose head arrives from now on; swapped as a whole.
    void behave(Behaviour behaviour);

    // Cuts every connection and stops listening: connecting is refused from now on.
    void stop();
    // Stops listening, lets requests in flight finish (answers say Connection: close) and then
    // stops; false when some were cut after `deadline`.
    bool drain(std::chrono::milliseconds deadline);
    // Listens again on the same address.
    void restart();

    const std::string& name() const { return state_->options.name; }
    // As nginx and Endpoint write it.
    const std::string& address() const { return state_->options.address; }
    std::uint64_t requests() const { return state_->requests; }
    std::uint64_t connections() const { return state_->connections; }
    std::uint64_t open_connections() const { return state_->open_connections; }
    std::uint64_t websockets() const { return state_->websockets; }

private:
    std::unique_ptr<BackendState> state_;
    std::optional<PortReservation> port_;
    std::shared_ptr<UniqueFd> listener_;
    std::vector<std::unique_ptr<BackendLoop>> loops_;
    std::vector<std::thread> threads_;
};

}  // namespace teal::harness
