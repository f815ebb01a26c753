// `teal status`: services and traffic at a glance, once or again and again.
#pragma once

#include "cli/exit_codes.hpp"
#include "cli/project/settings.hpp"

#include <string>

namespace teal::cli {

struct StatusOptions {
    ProjectOptions project;
    bool watch = false;
    std::string interval = "2";
    unsigned long count = 0;  // views with --watch; 0: until interrupted
    bool json = false;
};

void add_status(CLI::App& app, ExitCode& result);
ExitCode run_status(const StatusOptions& options);

}  // namespace teal::cli
