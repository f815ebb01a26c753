// Processes that behave towards table and counters as nginx's workers do, and nothing else: for
// tests of what the CLI proves about workers, where a stopped one must be a matter of a signal.
#pragma once

#include <sys/types.h>
#include <string>
#include <vector>

namespace teal::tests {

struct SimulatedSplit {
    std::string name;
    std::vector<std::string> variants;
    bool proxied = true;
    std::string rules;
};

class SimulatedNginx {
public:
    // Makes the counters and starts the workers; returns when all of them have claimed their slot.
    SimulatedNginx(std::string table, const std::vector<SimulatedSplit>& splits, int workers);
    ~SimulatedNginx();
    SimulatedNginx(const SimulatedNginx&) = delete;
    SimulatedNginx& operator=(const SimulatedNginx&) = delete;

    const std::vector<pid_t>& pids() const { return pids_; }
    void stop(std::size_t worker);
    void proceed(std::size_t worker);
    // The guard's act, as a worker would do it.
    void trip(std::uint32_t split, std::uint64_t generation);

private:
    std::string counters_;
    std::vector<pid_t> pids_;
};

// What a `teal …` printed and returned; run in a process of its own, as it is in life.
struct CommandResult {
    int code = -1;
    std::string output;
    std::string errors;
};
CommandResult run_teal(const std::vector<std::string>& words);

}  // namespace teal::tests
