// Child processes: started from an argument vector (never through a shell), timed, captured, and
// gone when the test is gone.
//
// Output goes to anonymous memory files instead of pipes: a child never blocks on a full pipe, and
// a daemon that keeps stderr open does not make run() wait for it.
// The kernel kills the child when the THREAD that started it ends: start long-lived processes from
// a thread that lives as long.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/harness/unique_fd.hpp"

namespace teal::harness {

struct ProcessOptions {
    std::vector<std::string> argv;             // argv[0] is searched in PATH
    std::map<std::string, std::string> env{};  // added to (or replacing) the inherited environment
    bool inherit_env = true;
    std::filesystem::path directory{};  // empty: the current one
    std::string input{};                // the child's standard input
};

struct RunResult {
    int exit_code = -1;  // 128 + signal number when a signal ended it, as shells say it
    bool timed_out = false;
    std::string out{};
    std::string err{};
    std::chrono::microseconds wall{0};  // from before fork to after the exit was seen
};

class Process {
public:
    // Starts it. Throws std::system_error naming argv[0] when it cannot be executed.
    explicit Process(const ProcessOptions& options);
    // Kills (SIGKILL) and reaps what still runs.
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    pid_t pid() const { return pid_; }
    bool running();
    // Sends a signal; false when the process has ended (and was perhaps replaced by another).
    bool signal(int number);
    // Waits for the end; false when it did not come within `deadline`.
    bool wait(std::chrono::milliseconds deadline);
    // REQUIRES: ended. 128 + signal number when a signal ended it.
    int exit_code() const;
    // What was written so far.
    std::string out() const;
    std::string err() const;
    std::chrono::microseconds wall() const { return wall_; }

private:
    bool reap(int options);

    pid_t pid_ = -1;
    bool ended_ = false;
    int status_ = 0;
    std::chrono::steady_clock::time_point started_;
    std::chrono::microseconds wall_{0};
    UniqueFd out_;
    UniqueFd err_;
    UniqueFd watch_;  // pidfd, to sleep until the exit instead of asking for it
};

// Starts, waits at most `timeout` (then kills it), returns everything.
RunResult run(const ProcessOptions& options,
              std::chrono::milliseconds timeout = std::chrono::seconds(30));
RunResult run(std::vector<std::string> argv,
              std::chrono::milliseconds timeout = std::chrono::seconds(30));

}  // namespace teal::harness
