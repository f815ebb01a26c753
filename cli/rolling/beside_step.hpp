// One service, new instances beside the old ones: start, healthy, tested through nginx, endpoints
// moved, the old drained and ended. As many serve at every moment as did before.
#pragma once

#include "cli/rolling/order.hpp"
#include "cli/rolling/run.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace teal::cli {

// Brings the service to the version: all its instances are of it afterwards, as many as planned.
// Also the way back, and the way on from wherever a killed command left it. Throws Error; then old
// and new instances may run beside each other.
void roll_beside(RollingRun& run, const PlannedStep& step, Version version);

// Waits until these instances of the service are healthy. Throws Error (deployment failed) with the
// probe's words; the last lines of its log have been told.
void await_healthy(RollingRun& run, const PlannedStep& step, Version version,
                   const std::vector<Instance>& instances);

}  // namespace teal::cli
