#include "tests/harness/backend.hpp"

#include <unistd.h>

#include <algorithm>

#include "tests/harness/backend_loop.hpp"
#include "tests/harness/wait.hpp"

namespace teal::harness {

Backend::Backend(BackendOptions options) : state_(std::make_unique<BackendState>()) {
    if (options.address.empty()) {
        port_.emplace();
        options.address = Endpoint::loopback(port_->port()).text();
    }
    state_->options = std::move(options);
    behave({});
    restart();
}

Backend::~Backend() {
    stop();
}

void Backend::behave(Behaviour behaviour) {
    if (behaviour.body.empty()) {
        behaviour.body = name() + "\n";
    }
    const std::lock_guard lock(state_->mutex);
    state_->behaviour = std::make_shared<const Behaviour>(std::move(behaviour));
    state_->behaviour_number.fetch_add(1);
}

void Backend::restart() {
    stop();
    state_->stopping = false;
    state_->draining = false;
    listener_ = std::make_shared<UniqueFd>(Endpoint(address()).listen());
    for (int i = 0; i < std::max(1, state_->options.threads); ++i) {
        loops_.push_back(std::make_unique<BackendLoop>(*state_, listener_));
        threads_.emplace_back([loop = loops_.back().get()] { loop->run(); });
    }
}

void Backend::stop() {
    state_->stopping = true;
    for (const auto& loop : loops_) {
        loop->wake();
    }
    for (auto& thread : threads_) {
        thread.join();
    }
    threads_.clear();
    loops_.clear();
    listener_.reset();
    const Endpoint endpoint(address());
    if (endpoint.is_unix()) {
        ::unlink(endpoint.unix_path().c_str());
    }
}

bool Backend::drain(std::chrono::milliseconds deadline) {
    state_->draining = true;
    listener_.reset();  // closed for good once every loop has let go of it
    for (const auto& loop : loops_) {
        loop->wake();
    }
    const bool empty = becomes_true([this] { return state_->open_connections == 0; }, deadline);
    stop();
    return empty;
}

}  // namespace teal::harness
