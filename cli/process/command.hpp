// Running other programs: from an argument vector, never through a shell; with a deadline; with
// everything they said.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace teal::cli {

struct Command {
    std::vector<std::string> argv;                                   // argv[0] is searched in PATH
    std::filesystem::path directory{};                               // empty: the current one
    std::vector<std::pair<std::string, std::string>> environment{};  // added to ours, or replacing
    std::string input{};  // its standard input; empty: /dev/null
    std::chrono::milliseconds deadline{std::chrono::minutes(30)};  // then SIGTERM, later SIGKILL
    // Called with each line of its output (both streams, in the order they come, without the
    // newline) while it runs. The text is collected in the result as well.
    std::function<void(std::string_view)> on_line{};
};

struct CommandResult {
    int exit_code = -1;  // 128 + signal number when a signal ended it; 127: no such program
    bool timed_out = false;
    std::string out{};
    std::string err{};

    bool ok() const { return exit_code == 0 && !timed_out; }
    // What it said to explain itself: stderr, or stdout when that is empty; without newlines at the
    // end.
    std::string said() const;
};

// Never throws for what the program does. The child dies with us (PR_SET_PDEATHSIG): a `teal` that
// is killed leaves no half-way `docker` behind it.
CommandResult run_command(const Command& command);

// "docker compose -p shop-green up -d", quoted where a shell would need it: for messages only.
std::string shown(const std::vector<std::string>& argv);

}  // namespace teal::cli
