// `teal traffic watch`: the same, again and again.
#pragma once

#include "cli/commands/table_options.hpp"
#include "cli/exit_codes.hpp"

#include <string>
#include <vector>

namespace teal::cli {

struct TrafficWatchOptions {
    TableOptions table;
    std::vector<std::string> splits;
    std::string interval = "1";
    unsigned long count = 0;  // 0: until interrupted
    bool json = false;
};

void add_traffic_watch(CLI::App& app, ExitCode& result);
ExitCode run_traffic_watch(const TrafficWatchOptions& options);

}  // namespace teal::cli
