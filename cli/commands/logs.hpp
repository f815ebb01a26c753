// `teal logs`: what the services say, and with --access what nginx says of each request.
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
    bool access = false;  // nginx's access log instead; `services` is then its file
    std::string variant{};
    std::string split{};
    bool json = false;
};

void add_logs(CLI::App& app, ExitCode& result);
ExitCode run_logs(const LogsOptions& options);

}  // namespace teal::cli
