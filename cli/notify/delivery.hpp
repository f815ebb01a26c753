// Delivering what a target's spool holds, in the order it happened: each notification until it is
// delivered, hopeless, or too old.
//
// Invariants
// 1. One deliverer a target: it holds the spool's lock. Another one that finds the lock taken may
//    leave, because its notification was in the spool before, and the holder looks again after it
//    let go of the lock.
// 2. Each notification gets at least one attempt, however old it is.
// 3. A file goes only after its delivery was answered: a deliverer that is killed in between makes
//    the receiver see one twice (with the same id), never none.
#pragma once

#include "cli/notify/attempt.hpp"
#include "cli/notify/back_off.hpp"
#include "cli/notify/spool.hpp"

#include <chrono>
#include <cstdint>
#include <functional>

namespace teal::cli {

// What a delivery has to do with the world; a test puts in its own.
struct DeliveryMeans {
    std::function<AttemptResult(const Notification&)> attempt;
    std::function<std::uint64_t()> now_unix_ns;
    std::function<void(std::chrono::milliseconds)> pause;
};

// Returns when nothing waits any more, or another deliverer is at it. An Error thrown by an attempt
// is a problem like any other. Throws Error when the spool cannot be written.
void deliver_all(const Spool& spool, const BackOff& back_off, const DeliveryMeans& means);

// With real means, as `teal notify-deliver` does. `directory`: the project's.
void deliver_to(const NotifyTarget& target, const std::filesystem::path& directory,
                const Spool& spool);

BackOff back_off_of(const NotifyTarget& target);

}  // namespace teal::cli
