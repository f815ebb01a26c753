// One look at the instances and one round of probes: what the single check and the wait share.
#pragma once

#include "cli/health/health_check.hpp"

namespace teal::cli {

// All instances of a color with what docker or the process table says of them; no answers yet.
// `definition`: of what runs. Throws Error.
std::vector<InstanceHealth> look_at(Stack& stack, const StackDefinition& definition, Color color,
                                    WithShared shared);

// The same of these instances, of a color.
std::vector<InstanceHealth> look_at(const std::vector<Instance>& instances,
                                    const StackDefinition& definition);

// Probes those of `due` that run and have an address, all at once, and judges the answers:
// `successes` counts on or begins anew, `problem` is set unless one is there already.
void ask_them(const std::vector<InstanceHealth*>& due, double timeout_s, const AskAll& ask);

// Fills in `healthy` and `problem` from the instances.
void conclude(HealthReport& report, Color color);

// Log lines of what is to blame, so that nobody has to look for them. Never throws.
void add_last_lines(Stack& stack, HealthReport& report);

}  // namespace teal::cli
