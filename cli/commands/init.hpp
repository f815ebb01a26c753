// `teal init`: makes the table and what belongs to it.
#pragma once

#include "cli/commands/table_options.hpp"
#include "cli/exit_codes.hpp"

#include <string>

namespace teal::cli {

struct InitOptions {
    TableOptions table;
    std::string split;
    std::string variants;
    std::string capacity;
    bool json = false;
    bool dry_run = false;
};

void add_init(CLI::App& app, ExitCode& result);
ExitCode run_init(const InitOptions& options);

}  // namespace teal::cli
