// Processes that behave towards table and counters as nginx's workers do, and nothing else: for
// tests of what the CLI proves about workers, where a stopped one must be a matter of a signal.
#pragma once

#include <sys/types.h>
#include <cstdint>
#include <string>
#include <vector>

namespace teal::tests {

struct SimulatedSplit {
    std::string name;
    std::vector<std::string> variants;
    bool proxied = true;
    std::string rules;
    std::vector<std::string> goals{};
};

// What is to be counted of one variant's visitors.
struct SimulatedVisitors {
    std::string split;
    std::string variant;
    std::uint64_t visitors = 0;
    std::string goal{};
    std::uint64_t conversions = 0;
    double value = 0;  // of each conversion; 0: they have none
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
    // Adds to the first worker's counters.
    void count(const SimulatedVisitors& visitors);
    // A new file, as after a reboot, with the same splits; the workers go on with it.
    void make_counters_anew();

private:
    void make_counters();
    void start_workers(int workers);
    void kill_workers();

    std::string table_;
    std::string counters_;
    std::vector<SimulatedSplit> splits_;
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
