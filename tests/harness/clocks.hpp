// The two clocks of the harness, in nanoseconds: monotonic for durations, realtime to compare with
// what other processes wrote down.
#pragma once

#include <cstdint>
#include <ctime>

namespace teal::harness {

inline std::uint64_t clock_ns(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
           static_cast<std::uint64_t>(now.tv_nsec);
}

inline std::uint64_t monotonic_ns() {
    return clock_ns(CLOCK_MONOTONIC);
}
inline std::uint64_t realtime_ns() {
    return clock_ns(CLOCK_REALTIME);
}

}  // namespace teal::harness
