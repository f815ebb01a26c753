// For work that must not simply be cut off: while one of these lives, SIGINT (Ctrl-C), SIGTERM and
// SIGHUP (the terminal is gone) are noted instead of ending us, and whoever does the work looks.
// SIGPIPE is a failed write meanwhile: at Ctrl-C, the `tee` behind us ends, too.
//
// What was ignored before (nohup) stays ignored. At most one lives at a time, made by the main
// thread.
#pragma once

#include <csignal>
#include <string>

namespace teal::cli {

class Interruption {
public:
    Interruption();
    // Signals are answered as before. One that nobody was told of is raised again.
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;

    // How many have come: who asks twice is in a hurry. Tells of all of them.
    int count();
    // "SIGINT", of the newest. REQUIRES: count() > 0.
    std::string name() const;

private:
    static constexpr int kNoted[] = {SIGINT, SIGTERM, SIGHUP};

    struct sigaction before_[3];
    struct sigaction pipe_before_;
    int told_ = 0;
};

}  // namespace teal::cli
