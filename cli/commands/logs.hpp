// `teal logs`: what the services say.
#pragma once

#include "cli/exit_codes.hpp"
#include "cli/project/settings.hpp"

#include <string>
#include <vector>

namespace teal::cli {

struct LogsOptions {
    ProjectOptions project;
    std::vector<std::string> services;
    std::string color;
    bool follow = false;
    unsigned lines = 100;
};

void add_logs(CLI::App& app, ExitCode& result);
ExitCode run_logs(const LogsOptions& options);

}  // namespace teal::cli
