#include "cli/commands/process_supervisor.hpp"

#include "cli/stack/procfile/supervisor.hpp"

#include <CLI/CLI.hpp>

namespace teal::cli {

void add_process_supervisor(CLI::App& app, ExitCode& result) {
    CLI::App& command = *app.add_subcommand("process-supervisor", "keeps one process running");
    command.group("");
    // The color and the process's name stand there for those who read a list of processes; what
    // counts comes on standard input.
    command.allow_extras();
    command.callback(
        [&result] { result = run_process_supervisor() == 0 ? ExitCode::ok : ExitCode::failed; });
}

}  // namespace teal::cli
