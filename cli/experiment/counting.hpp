// What nginx has counted of an experiment's visitors and goals.
#pragma once

#include "cli/experiment/experiment.hpp"
#include "cli/traffic/nginx_view.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace teal::cli {

struct CountsReading {
    std::uint64_t file_created_unix_ns = 0;  // 0: there are no counters
    Counts counts;                           // since that file was made
};

// Variants and goals that nginx does not know have zeros.
CountsReading read_counts(const NginxView& nginx, const std::string& split,
                          const std::vector<ExperimentArm>& arms,
                          const std::vector<std::string>& goals);

// Goals that the running nginx.conf declares for the split, in its order.
std::vector<std::string> configured_goals(const NginxView& nginx, const std::string& split);
// Splits of the running nginx.conf that have a goal.
std::vector<std::string> splits_with_goals(const NginxView& nginx);
// nginx.conf's `default` of the split; empty: nginx does not know the split.
std::string default_variant(const NginxView& nginx, const std::string& split);

// `counted` goes on by what happened between two readings. A file that was made anew has counted
// all it has since then; what the old one counted after it was last read is lost.
void add_counted(Counts& counted, const CountsReading& before, const CountsReading& now);

}  // namespace teal::cli
