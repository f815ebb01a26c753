// A ramp: a canary's way from its first share of the traffic to all of it, or back to nothing.
//
// All there is to know of it is in this one value, which is kept in a file (ramp_file.hpp): what
// the table is to say follows from it, so whoever drives it next, after a crash or a reboot, goes
// on exactly where the last one was. Only whoever changes it says so in its log.
#pragma once

#include "cli/exit_codes.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace teal::cli {

enum class RampPhase {
    running,
    paused,
    approval,      // the next step waits for somebody
    promoted,      // ended: the canary has everything
    tripped,       // ended: the guard took its traffic
    aborted,       // ended: somebody did, or somebody else changed the split
    inconclusive,  // ended: not enough data or evidence
};
const char* phase_text(RampPhase phase);
constexpr bool has_ended(RampPhase phase) {
    return phase >= RampPhase::promoted;
}
// Of a command that ends with it; `failed` for a ramp that goes on.
ExitCode exit_code_of(RampPhase phase);

enum class OnInconclusive { hold, abort };

struct RampTerms {
    // Of the canary, in parts per million: rising, the last one is everything.
    std::vector<std::uint32_t> steps;
    std::vector<std::uint32_t> approvals{};  // steps that wait for somebody before they begin
    bool four_eyes = false;                  // not for who started it
    std::uint64_t hold_ns = 60'000'000'000;
    std::uint64_t patience_ns = 600'000'000'000;  // longest time in a step that cannot end
    bool until_evidence = false;
    OnInconclusive on_inconclusive = OnInconclusive::hold;
    std::uint64_t lease_ns = 30'000'000'000;
    bool lease_holds = false;  // on expiry the canary keeps its traffic
    // Of the guard, as the table has them.
    std::uint64_t alpha_e9 = 100'000;
    std::uint64_t margin_e9 = 1'250'000'000;
};

struct RampSplit {
    std::string split;
    std::string canary;
    std::string baseline;
    std::map<std::string, std::uint32_t> weights_before{};  // of all variants
    std::uint64_t objective_e9 = 0;
    std::vector<std::uint64_t> slow_us{};
    std::uint64_t done_before_step = 0;  // of the canary, when the step began
};

struct Approval {
    std::uint32_t step_ppm = 0;
    std::string by;
    std::string reason;
    std::uint64_t time_unix_ns = 0;
};

// What a split's evidence was when something was decided.
struct EvidenceNote {
    std::string split;
    std::uint64_t canary_done = 0;
    std::uint64_t canary_bad = 0;
    std::uint64_t baseline_done = 0;
    std::uint64_t baseline_bad = 0;
    double log_evidence = 0;  // -infinity is kept as a very low number: JSON has none
    double threshold = 0;
    double log_no_worse = 0;
};

enum class RampEventKind {
    started,
    step_reached,
    approval_wanted,
    approved,
    paused,
    resumed,
    weight_set,
    promoted,
    tripped,
    aborted,
    inconclusive,
};
const char* kind_text(RampEventKind kind);

struct RampLogEntry {
    std::uint64_t time_unix_ns = 0;
    RampEventKind kind = RampEventKind::started;
    std::string text;  // "5 %"
    std::string by;    // empty: the driver
    std::string reason;
    std::vector<EvidenceNote> evidence{};
};

struct Ramp {
    std::vector<RampSplit> splits;
    RampTerms terms;
    std::string starter;
    std::string deployments;  // deployment directory of the project it belongs to; empty: none
    std::uint64_t started_unix_ns = 0;
    std::uint64_t armed_unix_ns = 0;  // names the guard's arming

    RampPhase phase = RampPhase::running;
    std::uint32_t weight_ppm = 0;        // the canary's, now
    std::uint64_t held_ns = 0;           // in this step, up to `running_since`
    std::uint64_t running_since_ns = 0;  // unix; 0: its time stands still
    std::uint64_t lease_expires_unix_ns = 0;
    std::vector<Approval> approvals{};
    std::vector<RampLogEntry> log{};

    bool published = false;        // the table says what this says
    bool abandoned = false;        // somebody else changed the split: its weights are left alone
    bool recorded = false;         // its end is in the project's history
    std::uint64_t told = 0;        // entries of the log that were told to whoever listens
    std::uint64_t generation = 0;  // the last publication

    // Time in the step that counts, at `now`.
    std::uint64_t held_at(std::uint64_t now_unix_ns) const;
    // The canary still has its share: it ended undecided, and somebody has to decide.
    bool is_left_undecided() const;
    std::string name() const { return splits.empty() ? "" : splits.front().split; }
    const RampSplit* find(const std::string& split) const;
    // Index of the first step above the present weight; terms.steps.size() when there is none.
    std::size_t next_step() const;
    bool is_approved(std::uint32_t step_ppm) const;
};

// "app, api"
std::string split_names(const Ramp& ramp);

}  // namespace teal::cli
