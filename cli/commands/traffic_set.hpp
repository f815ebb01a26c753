// `teal traffic set`: moves traffic between the variants of one or several splits.
#pragma once

#include "cli/commands/table_options.hpp"
#include "cli/exit_codes.hpp"

#include <string>
#include <vector>

namespace teal::cli {

struct TrafficSetOptions {
    bool json = false;
    bool dry_run = false;
    bool offline = false;
    TableOptions table;
    std::vector<std::string> words;
    std::string state;
    std::string timeout = "10";
};

void add_traffic_set(CLI::App& app, ExitCode& result);
ExitCode run_traffic_set(const TrafficSetOptions& options);

}  // namespace teal::cli
