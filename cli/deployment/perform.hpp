// `teal upgrade perform`: the new version takes the traffic with no failed request, or does not
// take it at all.
//
// snapshot -> images -> standby -> health -> smoke -> (hold -> migration ->) switch -> watch ->
// drain -> cleanup. Until the switch nothing that serves is touched; the switch is one publication;
// whatever fails afterwards is answered by publishing the old color again, which still runs.
#pragma once

#include "cli/deployment/held_switch.hpp"
#include "cli/deployment/job.hpp"
#include "cli/deployment/smoke.hpp"
#include "cli/deployment/watch.hpp"
#include "cli/ramp/ramp_event.hpp"
#include "cli/ramp/ramp_plan.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

struct PerformOptions {
    bool auto_switch = false;
    bool auto_cleanup = false;
    bool skip_health = false;
    bool remove_failed = false;
    std::string allow_migrations{};       // why unsafe ones may pass; empty: they may not
    std::optional<std::string> backup{};  // of the database first; its label, or empty
    Fetch fetch = Fetch::as_needed;
    double health_timeout_s = 60;
    double health_interval_s = 2;
    double watch_s = 10;
    double drain_timeout_s = 30;
    // Run before the switch while the entry splits are held; not with `ramp`.
    std::optional<HeldMigration> migration{};
    // Asked before the switch unless auto_switch; empty: there is nobody to ask, so no switch.
    std::function<bool(const std::string& question)> confirm{};
    // The new version gets its traffic so instead of at once. Splits and canary are filled in.
    std::optional<RampRequest> ramp{};
    OnRampEvent on_ramp_event{};
};

struct PerformOutcome {
    Color target = Color::blue;
    std::optional<Color> from;
    std::string snapshot;
    std::string backup{};  // its id; empty: none was taken
    bool switched = false;
    bool declined = false;  // somebody was asked and said no
    Change change;          // the switch
    std::optional<HeldOutcome> held;
    std::vector<SmokeAnswer> smoke;
    WatchResult watch;
    std::uint64_t left_in_flight = 0;  // of the old color when its drain timeout was over
    bool cleaned_up = false;
    double seconds = 0;
};

// Throws Error: with code deployment_failed when the standby could not be brought to serve; what
// served before serves still. The Error names the phase. With a verdict's code when the canary was
// not promoted; the standby is kept then.
PerformOutcome perform(DeploymentJob& job, const PerformOptions& options);

}  // namespace teal::cli
