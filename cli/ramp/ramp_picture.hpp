// Everything `teal canary status` tells of a ramp.
#pragma once

#include "cli/ramp/machine.hpp"
#include "cli/ramp/ramp_control.hpp"
#include "cli/ramp/share_interval.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

struct ArmPicture {
    std::string variant;
    std::uint32_t weight_ppm = 0;
    std::uint64_t attempts = 0;  // since the ramp began
    std::uint64_t failures = 0;
    ShareInterval interval{};
};

struct RampSplitPicture {
    std::string split;
    ArmPicture canary;
    ArmPicture baseline;
    bool evaluated = false;
    bool tripped = false;
    double log_evidence = 0;
    double threshold = 0;  // 0: not known yet
    double log_no_worse = 0;
    double promotion_threshold = 0;
};

struct RampPicture {
    Ramp ramp;
    std::string driver;  // "pid 4711, teal agent"; empty: nobody
    std::uint64_t now_unix_ns = 0;
    std::uint64_t held_ns = 0;
    std::optional<std::uint64_t> left_ns;    // in the step
    std::optional<std::uint32_t> next_step;  // parts per million
    std::string waits;                       // who or what is waited for
    std::string command;                     // that grants it; empty: none
    std::vector<RampSplitPicture> splits;
};

RampPicture take_picture(RampControl& control, const Ramp& ramp);

}  // namespace teal::cli
