// A look at an experiment: what was counted since the last one is added, and what is decided now is
// written down, so that it stays decided however the numbers go on.
//
// The evidence rests on weights that stay as they are. Once another command has changed them, later
// conversions are those of visitors who were assigned by different weights, which no count tells
// apart: nothing is counted from then on. Going on with the new weights was rejected for that.
#pragma once

#include "cli/experiment/counting.hpp"
#include "cli/experiment/experiment.hpp"
#include "cli/traffic/nginx_view.hpp"
#include "shared/table/writing/image.hpp"

#include <cstdint>
#include <string>

namespace teal::cli {

inline constexpr std::size_t kMostSamples = 240;

// What was changed in the split since the experiment began; empty: nothing that matters to it.
std::string disturbance_of(const Experiment& experiment, const table::TableImage& image);

// REQUIRES: it is running. Pure, but for what it reads.
void look_at(Experiment& experiment, const table::TableImage& image, const NginxView& nginx,
             std::uint64_t now_unix_ns);

// The parts of it. The verdict of the first goal, by the experiment's own terms.
void count_up_to(Experiment& experiment, const CountsReading& now, std::uint64_t now_unix_ns);
void decide(Experiment& experiment, std::uint64_t now_unix_ns);

}  // namespace teal::cli
