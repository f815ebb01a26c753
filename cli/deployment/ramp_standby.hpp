// A deployment's standby gets its traffic by a ramp, over all its splits together, in the
// foreground of the command that deployed it.
#pragma once

#include "cli/deployment/switching.hpp"
#include "cli/ramp/ramp_event.hpp"
#include "cli/ramp/ramp_plan.hpp"

namespace teal::cli {

// Returns when it has ended. `change` gets the last publication with its proof. Throws Error when
// it could not begin. Killed, the ramp is anybody's who drives it: teal agent.
Ramp ramp_standby(DeploymentJob& job, const Target& target, RampRequest request,
                  const OnRampEvent& on_event, Change& change);

}  // namespace teal::cli
