// `teal notify test`: sends one notification and waits for its outcome.
#pragma once

#include "cli/exit_codes.hpp"
#include "cli/project/settings.hpp"

#include <string>

namespace CLI {
class App;
}

namespace teal::cli {

struct NotifyTestOptions {
    ProjectOptions project;
    std::string target{};  // empty: all
    bool json = false;
};

void add_notify_test(CLI::App& notify, ExitCode& result);
ExitCode run_notify_test(const NotifyTestOptions& options);

}  // namespace teal::cli
