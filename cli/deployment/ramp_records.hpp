// A ramp and the project whose splits it is about: what its end means for the records.
#pragma once

#include "cli/project/settings.hpp"
#include "cli/ramp/ramp.hpp"

#include <string>
#include <vector>

namespace teal::cli {

// The deployment directory when the ramp is between the colors of the project's recorded
// deployments; empty otherwise.
std::string deployments_of(const Settings& settings, const Ramp& ramp);

// The verdict's line in the project's history; the canary's snapshot serves from now on when it was
// promoted. Nothing for a ramp that belongs to no project. Waits some seconds for a deployment that
// is under way. Throws Error.
void record_ramp_end(const Ramp& ramp);

// Verdict, who and why, approvals and evidence, in one line.
std::string verdict_line(const Ramp& ramp);

// Throws Error (failed) while one of the splits has a ramp that nobody has ended: its next steps
// are those.
void refuse_while_ramping(const Settings& settings, const std::vector<std::string>& splits);

}  // namespace teal::cli
