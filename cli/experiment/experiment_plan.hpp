// Beginning and ending an experiment, planned and checked against the table, nginx, ramps and other
// experiments before anything is published.
#pragma once

#include "cli/experiment/experiment_store.hpp"
#include "cli/ramp/ramp_file.hpp"
#include "cli/traffic/nginx_view.hpp"
#include "cli/traffic/weights.hpp"
#include "shared/table/writing/image.hpp"

#include <string>
#include <vector>

namespace teal::cli {

struct ExperimentRequest {
    std::string name;
    std::string split;
    std::vector<NamedVariant> weights;  // empty: all variants alike
    std::vector<std::string> goals;     // empty: all that nginx.conf has
    std::string control;                // empty: nginx.conf's default, or else the first
    std::uint32_t alpha_ppm = 50'000;
    std::uint32_t effect_ppm = 50'000;
    bool keep_assignment = false;
};

struct ExperimentPlan {
    Experiment experiment;
    std::vector<std::string> warnings;
    bool changes_table = false;
};

// Writes weights, states and salt into `image`. Throws Error (wrong input).
ExperimentPlan plan_start(const ExperimentRequest& request, table::TableImage& image,
                          const NginxView& nginx, const ExperimentStore& store,
                          const RampStore& ramps, std::uint64_t now_unix_ns);

// Everyone to `winner`, or for an empty one the traffic as it was before; sets winner and phase.
// The losers are closed, so that visitors who have them by cookie move as well. Returns whether
// the image changed. Throws Error (wrong input).
bool plan_stop(Experiment& experiment, const std::string& winner, table::TableImage& image,
               const NginxView& nginx);

}  // namespace teal::cli
