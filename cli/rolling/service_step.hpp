// One service's turn: what was planned for it, or, when that fails, the service as it was.
#pragma once

#include "cli/rolling/order.hpp"
#include "cli/rolling/run.hpp"

namespace teal::cli {

// False when it failed: the service is as before then (or the record says that it is not), and the
// record says why. Everything is on disk before and after. Throws Error only when the record itself
// cannot be written.
bool do_step(RollingRun& run, const PlannedStep& step);

}  // namespace teal::cli
