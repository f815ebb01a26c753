// What a killed rolling update left.
#pragma once

#include "cli/deployment/job.hpp"
#include "cli/rolling/run_record.hpp"

#include <optional>

namespace teal::cli {

// The unfinished run that is about what serves now: others, overtaken by a deployment, are of no
// interest any more.
std::optional<RunRecord> unfinished_run(const Records& records, const std::optional<Color>& active);

// A step may be half done: instances that run need not be meant to serve. True also while a run is
// at work.
bool is_between_instances(const Records& records);

// Puts a killed run into the state of one that stopped: tests' endpoints are given back, the
// snapshot says what runs, and a service that was being replaced in place runs. REQUIRES: the lock.
void settle_run(DeploymentJob& job, RunRecord& record);

}  // namespace teal::cli
