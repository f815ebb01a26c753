// `teal ab start`: an experiment begins.
#pragma once

#include "cli/commands/table_options.hpp"
#include "cli/exit_codes.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace teal::cli {

struct AbStartOptions {
    TableOptions table;
    std::string name{};
    std::string split{};
    std::string weights{};
    std::vector<std::string> goals{};
    std::string control{};
    std::string alpha = "5";
    std::string effect = "5";
    bool keep_assignment = false;
    bool dry_run = false;
    bool json = false;
};

void add_ab_start(CLI::App& ab, ExitCode& result);
ExitCode run_ab_start(const AbStartOptions& options);

}  // namespace teal::cli
