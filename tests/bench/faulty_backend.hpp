// A backend of which a share of the answers fails, by chance with a seed of its own. What is asked
// of it holds from the next request on.
#pragma once

#include "tests/harness/backend.hpp"
#include "tests/harness/clocks.hpp"

#include <atomic>
#include <cstdint>
#include <random>
#include <string>

namespace teal::bench {

class FaultyBackend {
public:
    FaultyBackend(std::string name, std::uint64_t seed)
        : random_(seed),
          backend_(
              {.name = std::move(name),
               .handler = [this](const harness::MessageParser&, harness::Behaviour& behaviour) {
                   return answer(behaviour);
               }}) {}

    void fail(double share) { share_ = share; }
    // Accepts and never answers, until let_go().
    void hang() { hangs_ = true; }
    void let_go() {
        hangs_ = false;
        backend_.stop();  // cuts those that wait
        backend_.restart();
    }

    const std::string& address() const { return backend_.address(); }
    std::uint64_t requests() const { return backend_.requests(); }
    // CLOCK_MONOTONIC, of the last request that arrived; 0: none yet.
    std::uint64_t last_request_ns() const { return last_request_ns_; }

private:
    bool answer(harness::Behaviour& behaviour) {
        last_request_ns_ = harness::monotonic_ns();
        if (hangs_) {
            behaviour.manner = harness::Manner::hang;
        } else if (std::bernoulli_distribution(share_)(random_)) {
            behaviour.status = 500;
        }
        return true;
    }

    std::atomic<double> share_{0};
    std::atomic<bool> hangs_{false};
    std::atomic<std::uint64_t> last_request_ns_{0};
    std::mt19937_64 random_;  // of the backend's only thread
    harness::Backend backend_;
};

}  // namespace teal::bench
