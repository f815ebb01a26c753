// One service that cannot run twice: the old one ends before the new one starts. The image is here
// by then, so the interruption is a stop and a start; requests that need it wait in nginx meanwhile
// where entries are held.
#pragma once

#include "cli/rolling/order.hpp"
#include "cli/rolling/run.hpp"

namespace teal::cli {

// Brings the service to the version, measures the interruption, and writes it into the step's
// record. Whoever calls holds the entries. Throws Error.
void roll_in_place(RollingRun& run, const PlannedStep& step, Version version);

// A job runs anew, to its end. Throws Error when it fails.
void roll_job(RollingRun& run, const PlannedStep& step, Version version);

// Its instances leave the traffic and end.
void remove_service(RollingRun& run, const PlannedStep& step);

}  // namespace teal::cli
