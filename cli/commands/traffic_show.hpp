// `teal traffic show`: weights, states, endpoints and what the traffic does.
#pragma once

#include "cli/commands/table_options.hpp"
#include "cli/exit_codes.hpp"

#include <string>
#include <vector>

namespace teal::cli {

struct TrafficShowOptions {
    TableOptions table;
    std::vector<std::string> splits;
    std::string interval = "0.5";
    bool json = false;
};

void add_traffic_show(CLI::App& app, ExitCode& result);
ExitCode run_traffic_show(const TrafficShowOptions& options);

}  // namespace teal::cli
