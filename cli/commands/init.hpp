// `teal init`: makes the table and what belongs to it; in a project, for its entries.
#pragma once

#include "cli/exit_codes.hpp"
#include "cli/project/settings.hpp"

#include <string>

namespace CLI {
class App;
}

namespace teal::cli {

struct InitOptions {
    ProjectOptions project;
    std::string split;
    std::string variants;
    std::string capacity;
    bool json = false;
    bool dry_run = false;
};

void add_init(CLI::App& app, ExitCode& result);
ExitCode run_init(const InitOptions& options);

}  // namespace teal::cli
