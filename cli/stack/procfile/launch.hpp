// Starting supervisors: detached from this command and its terminal, each with its lock held from
// before the fork on, so that neither a kill of this command nor a second command beside it ever
// makes two of one.
#pragma once

#include "cli/stack/procfile/port_choice.hpp"
#include "cli/stack/procfile/supervisor_order.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace teal::cli {

// The lock of a process's place.
class PlaceLock {
public:
    // Waits for a supervisor that is about to end. Not held when `patience` was not enough. Throws
    // Error when the file cannot be made.
    PlaceLock(const std::filesystem::path& file, std::chrono::milliseconds patience);
    ~PlaceLock();
    PlaceLock(PlaceLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    PlaceLock& operator=(PlaceLock&&) = delete;

    bool held() const { return descriptor_ >= 0; }
    int descriptor() const { return descriptor_; }

private:
    int descriptor_ = -1;
};

struct Launch {
    SupervisorOrder order;
    PortReservation port;
    PlaceLock lock;
};

// All of them at once; returns when each process runs or could not be started: what went wrong, one
// text for each, empty for none. Gives up what it holds of locks and ports.
// `program`: the `teal` to run; empty: this one.
std::vector<std::string> launch(std::vector<Launch> launches, const std::filesystem::path& program);

}  // namespace teal::cli
