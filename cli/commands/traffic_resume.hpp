// `teal traffic resume`: lets the requests of a held split go on.
#pragma once

#include "cli/commands/table_options.hpp"
#include "cli/exit_codes.hpp"

#include <string>
#include <vector>

namespace teal::cli {

struct TrafficResumeOptions {
    bool json = false;
    bool dry_run = false;
    TableOptions table;
    std::vector<std::string> splits;
    std::string timeout = "10";
};

void add_traffic_resume(CLI::App& app, ExitCode& result);
ExitCode run_traffic_resume(const TrafficResumeOptions& options);

}  // namespace teal::cli
