// `teal traffic pause`: new requests of a split wait inside nginx.
#pragma once

#include "cli/commands/table_options.hpp"
#include "cli/exit_codes.hpp"

#include <string>
#include <vector>

namespace teal::cli {

struct TrafficPauseOptions {
    bool json = false;
    bool dry_run = false;
    bool wait_drained = false;
    TableOptions table;
    std::vector<std::string> splits;
    std::string longest;
    std::string timeout = "10";
};

void add_traffic_pause(CLI::App& app, ExitCode& result);
ExitCode run_traffic_pause(const TrafficPauseOptions& options);

}  // namespace teal::cli
