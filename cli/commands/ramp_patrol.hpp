// What `teal agent` does for canaries: beside its other work, because a deployment that is looked
// at for a minute must not let a lease run out.
#pragma once

#include "cli/project/settings.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace teal::cli {

// Drives every ramp of the table that nobody else drives, in a thread of its own, until it goes.
// What happens is printed, and told to whom it concerns.
class BackgroundRampPatrol {
public:
    BackgroundRampPatrol(const Settings& settings, bool json);
    ~BackgroundRampPatrol();
    BackgroundRampPatrol(const BackgroundRampPatrol&) = delete;
    BackgroundRampPatrol& operator=(const BackgroundRampPatrol&) = delete;

private:
    void run(const Settings& settings, bool json);

    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;  // last: it uses the others
};

// One look at each, for --once.
void patrol_ramps_once(const Settings& settings, bool json);

}  // namespace teal::cli
