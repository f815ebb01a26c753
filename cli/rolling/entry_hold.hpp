// The entries that need a service wait in nginx while it is replaced in place: their requests are
// held, what is in flight ends first, and all go on when it is healthy again.
#pragma once

#include "cli/rolling/order.hpp"
#include "cli/rolling/run.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace teal::cli {

class EntryHold {
public:
    // Holds and waits until nothing is in flight, for a part of the hold's time. Holds nothing, and
    // says why, when no entry needs the service, when it was not to be held, or when the running
    // nginx cannot.
    EntryHold(RollingRun& run, const PlannedStep& step);
    // Releases; a failure to do so becomes a warning, since nginx does it by itself in the end.
    ~EntryHold();
    EntryHold(const EntryHold&) = delete;
    EntryHold& operator=(const EntryHold&) = delete;

    // The figures go into the step's record.
    void release();

private:
    void let_go();

    RollingRun& run_;
    const PlannedStep& step_;
    std::vector<std::string> splits_{};  // empty: nothing is held
    std::chrono::steady_clock::time_point since_{};
    std::uint64_t held_before_ = 0;
    double longest_before_s_ = 0;
};

}  // namespace teal::cli
