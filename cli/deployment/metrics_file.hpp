// Deployments as metrics, for node_exporter's textfile collector: a file in Prometheus' text format
// that is replaced as a whole whenever something was added to the history.
//
// Off unless `metrics` of [deployment] in teal.toml (or TEAL_METRICS_FILE) names the file: only its
// owner knows which directory the collector reads.
#pragma once

#include "cli/history/totals.hpp"
#include "cli/project/settings.hpp"

#include <string>

namespace teal::cli {

// What stands in the file. `project` and outcomes become labels; all the outcomes there can be are
// told from the beginning, so that a first failure is seen as an increase.
std::string metrics_text(const DeploymentTotals& totals, const std::string& project);

// Brings the file up to date with the totals. Nothing when none is asked for. Never throws: what
// went wrong, for a warning, or nothing; a deployment stands whether or not it was counted.
std::string write_metrics_file(const Settings& settings);

}  // namespace teal::cli
