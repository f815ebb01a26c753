// What a user needs to see of a standby that failed: the failing probe, and what the services
// themselves said last.
#pragma once

#include "cli/health/health_check.hpp"
#include "cli/snapshot/metadata.hpp"
#include "cli/stack/stack.hpp"

#include <vector>

namespace teal::cli {

// Of a health check that ended badly.
void tell_failures(const HealthReport& report, Progress& progress);

// Of a failure that no health check has looked at: instances that are not well, and the entries,
// whose failures show in no state. Never throws.
void tell_last_lines(Stack& stack, Color color, const std::vector<SnapshotEntry>& entries,
                     Progress& progress);

}  // namespace teal::cli
