// `teal ab report`: what an experiment says so far.
#pragma once

#include "cli/commands/table_options.hpp"
#include "cli/exit_codes.hpp"

#include <string>

namespace CLI {
class App;
}

namespace teal::cli {

struct AbReportOptions {
    TableOptions table;
    std::string name{};
    std::string split{};
    std::string effect{};
    std::string html{};
    bool json = false;
    bool csv = false;
};

void add_ab_report(CLI::App& ab, ExitCode& result);
ExitCode run_ab_report(const AbReportOptions& options);

}  // namespace teal::cli
