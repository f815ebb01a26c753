// `teal health check`: runs everything, is docker content, does every entry answer.
#pragma once

#include "cli/exit_codes.hpp"
#include "cli/project/settings.hpp"

#include <string>

namespace teal::cli {

struct HealthCheckOptions {
    ProjectOptions project;
    std::string color;
    bool detailed = false;
    bool json = false;
};

void add_health_check(CLI::App& health, ExitCode& result);
ExitCode run_health_check(const HealthCheckOptions& options);

}  // namespace teal::cli
