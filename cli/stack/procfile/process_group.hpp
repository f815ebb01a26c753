// The process of a supervisor with all it has started: one session, one process group.
#pragma once

#include "cli/process/process_identity.hpp"
#include "cli/stack/procfile/supervisor_order.hpp"

#include <optional>
#include <string>

namespace teal::cli {

class ProcessGroup {
public:
    ProcessGroup() = default;
    ~ProcessGroup();
    ProcessGroup(const ProcessGroup&) = delete;
    ProcessGroup& operator=(const ProcessGroup&) = delete;

    // Forks the leader, which waits for let_go(). Empty, or what went wrong.
    std::string fork_leader(const SupervisorOrder& order, std::uint16_t port);
    void let_go();
    // Without let_go(): the leader ends without having run anything.
    void take_back();

    // A leader that is not our child: somebody else's orphan. False when it has ended.
    bool adopt(const ProcessIdentity& leader);

    const ProcessIdentity& leader() const { return leader_; }
    // Becomes readable when an adopted leader ends; -1 for a child, whose end SIGCHLD tells.
    int pidfd() const { return pidfd_; }

    // Takes note of all that ended. The leader's end, in words, when it was among them.
    std::optional<std::string> reap();
    bool leader_lives() const { return leader_lives_; }
    // True while anything of the group lives. Zombies that are ours are gone after reap().
    bool any_lives() const;
    void signal(int number) const;

private:
    ProcessIdentity leader_{};
    bool leader_lives_ = false;
    int gate_ = -1;
    int pidfd_ = -1;
};

}  // namespace teal::cli
