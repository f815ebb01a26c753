// `teal notify retry`: what was given up, or was left behind by a reboot, is sent again.
#pragma once

#include "cli/exit_codes.hpp"
#include "cli/project/settings.hpp"

#include <string>

namespace CLI {
class App;
}

namespace teal::cli {

struct NotifyRetryOptions {
    ProjectOptions project;
    std::string target{};  // empty: all
    bool drop = false;
};

void add_notify_retry(CLI::App& notify, ExitCode& result);
ExitCode run_notify_retry(const NotifyRetryOptions& options);

}  // namespace teal::cli
