// Kills a process group when this process dies, however it dies.
//
// Needed for daemons: PR_SET_PDEATHSIG is lost when nginx daemonizes, and it must daemonize,
// because a foreground nginx ignores USR2 as long as its parent lives. So a tiny process of our own
// waits for the end of a pipe that only we hold.
#pragma once

#include <sys/types.h>

#include "tests/harness/unique_fd.hpp"

namespace teal::harness {

class ProcessGroupWarden {
public:
    // Watches over `group`. Throws std::system_error when it cannot fork.
    explicit ProcessGroupWarden(pid_t group);
    // Dismisses the watch; the group is left alone.
    ~ProcessGroupWarden();
    ProcessGroupWarden(const ProcessGroupWarden&) = delete;
    ProcessGroupWarden& operator=(const ProcessGroupWarden&) = delete;

private:
    UniqueFd lifeline_;
    pid_t warden_ = -1;
};

}  // namespace teal::harness
