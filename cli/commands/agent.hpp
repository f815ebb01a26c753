// `teal agent`: keeps the table in step with what runs.
#pragma once

#include "cli/commands/upgrade_options.hpp"
#include "cli/exit_codes.hpp"

namespace CLI {
class App;
}

namespace teal::cli {

struct AgentOptions {
    UpgradeOptions common;
    std::string interval{"2"};
    bool once = false;
};

void add_agent(CLI::App& app, ExitCode& result);
ExitCode run_agent(const AgentOptions& options);

}  // namespace teal::cli
