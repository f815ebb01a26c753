// `teal traffic explain`: which variant a request gets, and why.
#pragma once

#include "cli/commands/table_options.hpp"
#include "cli/exit_codes.hpp"

#include <string>
#include <vector>

namespace teal::cli {

struct TrafficExplainOptions {
    TableOptions table;
    std::string split;
    std::string key;
    bool has_key = false;
    std::vector<std::string> cookies;
    std::vector<std::string> headers;
    std::vector<std::string> arguments;
    std::vector<std::string> variables;
    std::string address;
    std::string secret_file;
    std::vector<std::string> proposal;
    bool json = false;
};

void add_traffic_explain(CLI::App& app, ExitCode& result);
ExitCode run_traffic_explain(const TrafficExplainOptions& options);

}  // namespace teal::cli
