// `teal notify status`: what waits, and what could not be delivered.
#pragma once

#include "cli/exit_codes.hpp"
#include "cli/project/settings.hpp"

namespace CLI {
class App;
}

namespace teal::cli {

struct NotifyStatusOptions {
    ProjectOptions project;
    bool json = false;
};

void add_notify_status(CLI::App& notify, ExitCode& result);
ExitCode run_notify_status(const NotifyStatusOptions& options);

}  // namespace teal::cli
