// A second docker engine, for tests that end one in the middle of something: its own data, socket
// and address range, and live-restore, so that containers outlive it. Without rules in iptables,
// which would be the first engine's business: its containers reach the host, but not each other.
#pragma once

#include "tests/harness/process.hpp"
#include "tests/harness/workspace.hpp"

#include <memory>
#include <string>

namespace teal::e2e {

class PrivateEngine {
public:
    // Runs, and has the tests' base image. Throws std::runtime_error with dockerd's words.
    // REQUIRES: called from the main thread.
    PrivateEngine();
    // Its containers must be gone by then.
    ~PrivateEngine();
    PrivateEngine(const PrivateEngine&) = delete;
    PrivateEngine& operator=(const PrivateEngine&) = delete;

    void kill();   // SIGKILL: nothing is said to anybody
    void start();  // after kill(); returns when it answers
    const std::string& host() const { return host_; }

private:
    class Bridge;

    harness::Workspace workspace_{"engine"};
    std::string host_;
    std::unique_ptr<Bridge> bridge_;
    std::unique_ptr<harness::Process> dockerd_{};
};

}  // namespace teal::e2e
