// Keeps one process running: starts it, starts it again when it ends, passes SIGTERM on, and kills
// what is left of its process group after the grace. It is `teal` itself in a mode of its own,
// detached from the command that starts it; the process's output does not go through it, so that
// its death costs the process nothing but the next restart.
//
// Invariants
// 1. At most one supervisor for a place: its lock is taken by the command that forks it and
//    inherited, so that no moment is without it.
// 2. No process runs unrecorded: it waits, forked, until its pid is on disk, and ends by itself
// when
//    the supervisor dies before that.
#pragma once

#include "cli/stack/procfile/port_choice.hpp"
#include "cli/stack/procfile/process_group.hpp"
#include "cli/stack/procfile/process_record.hpp"
#include "cli/stack/procfile/supervisor_order.hpp"

#include <chrono>
#include <optional>

namespace teal::cli {

class Supervisor {
public:
    // REQUIRES: descriptors kSupervisorLock, kSupervisorPort and kSupervisorReady are open.
    explicit Supervisor(SupervisorOrder order);

    // Until somebody stops it. Exit code of the supervisor.
    int run();

private:
    using Clock = std::chrono::steady_clock;

    void start_first();
    void start();
    void tell_ready(const std::string& problem);
    void save();
    void schedule();
    bool move_when_port_is_taken();
    void on_signals();
    void on_stop(std::chrono::milliseconds grace);
    void on_ended(const std::string& how);
    void tick();
    int wait_ms() const;

    SupervisorOrder order_;
    PortReservation port_;
    ProcessRecord record_;
    ProcessGroup group_;
    int signals_ = -1;
    bool ready_told_ = false;
    bool stopping_ = false;
    bool done_ = false;
    std::chrono::milliseconds pause_{};            // before the next restart
    std::optional<Clock::time_point> restart_at_;  // phase waiting
    std::optional<Clock::time_point> kill_at_;     // the group was asked to end
    Clock::time_point started_at_{};
};

// `teal process-supervisor`: reads its order from standard input.
int run_process_supervisor();

}  // namespace teal::cli
