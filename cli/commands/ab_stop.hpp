// `teal ab stop`: everyone to the winner, or back to how it was.
#pragma once

#include "cli/commands/table_options.hpp"
#include "cli/exit_codes.hpp"

#include <string>

namespace CLI {
class App;
}

namespace teal::cli {

struct AbStopOptions {
    TableOptions table;
    std::string name{};
    std::string winner{};
    bool no_winner = false;
    std::string reason{};
    bool dry_run = false;
    bool json = false;
};

void add_ab_stop(CLI::App& ab, ExitCode& result);
ExitCode run_ab_stop(const AbStopOptions& options);

}  // namespace teal::cli
