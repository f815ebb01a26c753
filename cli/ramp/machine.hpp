// The ramp's state machine: what has been seen, or what somebody wants, and what the ramp is then.
// Pure: no clock, no files, no table. Whatever changes what the table is to say clears `published`.
#pragma once

#include "cli/ramp/ramp.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace teal::cli {

// Promotion on evidence: so much to one that the canary is no worse than twice the baseline.
inline constexpr double kPromotionAlpha = 0.05;

// What is known of one split at a moment.
struct SplitSight {
    bool evaluated = false;  // the guard has begun to count for this ramp
    EvidenceNote evidence{};
    std::uint64_t tripped_unix_ns = 0;
    // How the table differs from what the ramp published; empty: not at all.
    std::string changed_by_others{};
};

struct Sight {
    std::uint64_t now_unix_ns = 0;
    std::vector<SplitSight> splits{};  // as many as the ramp has, in its order
};

struct Who {
    std::string by;
    std::string reason{};
};

// The first step begins, or waits for its approval.
void begin_ramp(Ramp& ramp, const Sight& sight);

// What follows from the sight: a trip, the next step, a verdict, a lease to be renewed.
void advance_ramp(Ramp& ramp, const Sight& sight);

// What people want. All throw Error (wrong input) when it cannot be, and leave the ramp as it was.
void pause_ramp(Ramp& ramp, const Who& who, const Sight& sight);
void resume_ramp(Ramp& ramp, const Who& who, const Sight& sight);
// Holds there: the ramp is paused.
void set_ramp(Ramp& ramp, std::uint32_t ppm, const Who& who, const Sight& sight);
void approve_ramp(Ramp& ramp, const Who& who, const Sight& sight);
// Also of a ramp that was left undecided.
void promote_ramp(Ramp& ramp, const Who& who, const Sight& sight);
void abort_ramp(Ramp& ramp, const Who& who, const Sight& sight);

bool enough_evidence(const EvidenceNote& evidence);
// The canary of each split had requests in this step.
bool had_data(const Ramp& ramp, const Sight& sight);

}  // namespace teal::cli
