// `teal upgrade rolling`: the services of the color that serves, and the shared ones, replaced one
// after the other; and the way back from it.
//
// The target is what the project's files say now (or what a snapshot says, for a rollback); what
// runs is compared with it, and only what differs is replaced. So carrying on is the same as
// beginning: what is done is up to date by then. A killed run's half-done step is put into a known
// state first (settle_run).
#pragma once

#include "cli/rolling/order.hpp"
#include "cli/rolling/run.hpp"

#include <optional>
#include <string>

namespace teal::cli {

struct RollingOutcome {
    Color color = Color::blue;
    std::string snapshot;  // empty: nothing differed, and nothing was done
    std::string from;
    RollingOrder order;
    RunRecord record;  // how each step ended
    bool stopped = false;
    double seconds = 0;
};

// Throws Error for what is wrong before the first service is touched; what goes wrong later is in
// the outcome: that service runs as before, and the run has stopped.
RollingOutcome roll(DeploymentJob& job, const RollingOptions& options);
// The same, to what a snapshot of this color says.
RollingOutcome roll_back_to(DeploymentJob& job, const SnapshotMetadata& snapshot,
                            const RollingOptions& options);

// What roll() would do, without changing anything: images that have to be built or pulled are not
// known yet. Throws Error (wrong input, nothing there).
RollingOutcome plan_rolling(const Settings& settings, Stack& stack, const RollingOptions& options);

}  // namespace teal::cli
