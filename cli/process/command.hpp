// Running other programs: from an argument vector, never through a shell; with a deadline; with
// everything they said.
#pragma once

#include <chrono>
#include <csignal>
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
    // Open files instead of what is above and of the result's texts; -1: none. They stay the
    // caller's.
    int input_file = -1;
    int output_file = -1;
    int error_file = -1;
    bool hold_input = false;   // its standard input stays open behind the text, until we end
    int end_signal = SIGTERM;  // what it gets when we end
    std::chrono::milliseconds deadline{std::chrono::minutes(30)};  // then SIGTERM, later SIGKILL
    // Called with each line of its output (both streams, in the order they come, without the
    // newline) while it runs. The text is collected in the result as well.
    std::function<void(std::string_view)> on_line{};
    // Its standard output in pieces as they come, instead of in the result: for what is too much to
    // keep. May throw: the program is killed then, and run_command throws the same.
    std::function<void(std::string_view)> on_output{};
    std::function<void()> on_tick{};  // several times a second while it runs
    // Asked several times a second, and after a signal at once: how often somebody has asked for
    // its end. Once: as at the deadline. Twice: SIGKILL.
    std::function<int()> unwanted{};
};

inline constexpr std::chrono::milliseconds kNoDeadline = std::chrono::hours(24 * 365);

struct CommandResult {
    int exit_code = -1;  // 128 + signal number when a signal ended it; 127: no such program
    bool timed_out = false;
    bool was_unwanted = false;  // it was ended because of that
    std::string out{};
    std::string err{};

    bool ok() const { return exit_code == 0 && !timed_out && !was_unwanted; }
    // What it said to explain itself: stderr, or stdout when that is empty; without newlines at the
    // end.
    std::string said() const;
};

// Never throws for what the program does (but what on_output throws). The child dies with us
// (PR_SET_PDEATHSIG): a `teal` that is killed leaves no half-way `docker` behind it. A program that
// is ended (deadline, unwanted) is ended with all that it started: none of it runs on afterwards.
CommandResult run_command(const Command& command);

// "docker compose -p shop-green up -d", quoted where a shell would need it: for messages only.
std::string shown(const std::vector<std::string>& argv);

}  // namespace teal::cli
