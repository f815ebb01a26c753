// `teal traffic endpoints`: the addresses that serve a variant.
#pragma once

#include "cli/commands/table_options.hpp"
#include "cli/exit_codes.hpp"

#include <string>
#include <vector>

namespace teal::cli {

struct TrafficEndpointsOptions {
    TableOptions table;
    std::string split;
    std::string variant;
    std::string action = "list";
    std::vector<std::string> addresses;
    std::string timeout = "10";
    bool json = false;
    bool dry_run = false;
};

void add_traffic_endpoints(CLI::App& app, ExitCode& result);
ExitCode run_traffic_endpoints(const TrafficEndpointsOptions& options);

}  // namespace teal::cli
