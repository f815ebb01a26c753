// What a ramp tells whoever listens: notifications, a log, a screen.
#pragma once

#include "cli/ramp/ramp.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace teal::cli {

struct RampEvent {
    RampEventKind kind = RampEventKind::started;
    std::string splits;    // "app, api"
    std::string canary;    // "green"
    std::string baseline;  // "blue"
    std::uint32_t weight_ppm = 0;
    std::string text;     // one sentence
    std::string by;       // empty: the driver
    std::string reason;   // what that user said
    std::string command;  // what the reader may want to run; empty: nothing
    std::uint64_t time_unix_ns = 0;
};

using OnRampEvent = std::function<void(const RampEvent&)>;

// The entry of the ramp's log, in words.
RampEvent event_of(const Ramp& ramp, const RampLogEntry& entry);

}  // namespace teal::cli
