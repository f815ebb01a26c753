// Which experiment is meant, and what may be asked of a split that never had one.
#pragma once

#include "cli/experiment/experiment_store.hpp"
#include "cli/experiment/findings.hpp"
#include "cli/traffic/nginx_view.hpp"
#include "shared/table/writing/image.hpp"

#include <string>

namespace teal::cli {

// The experiment under way on the split, or the only one under way; empty: none is. Throws Error
// (wrong input) when several are and none was named.
std::string chosen_experiment(const ExperimentStore& store, const std::string& split);

// Counts since nginx's counters began, by the table's present weights. An empty `split`: the only
// one with a goal. Throws Error.
Question split_question(std::string split, const table::TableImage& image, const NginxView& nginx);

}  // namespace teal::cli
