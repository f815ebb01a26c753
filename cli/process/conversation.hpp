// A program that is asked more than once: what it is told goes into its standard input, what it
// answers is read line by line, and it stays until it is let go.
#pragma once

#include "cli/process/child.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace teal::cli {

class Conversation {
public:
    // Starts it; `input`, `on_line` and the files of the command are not used. Throws Error.
    explicit Conversation(const Command& command);
    // Ends its input, and kills it if it does not end soon.
    ~Conversation();
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    // Throws Error with what it said when it has ended.
    void say(const std::string& text);
    // Its next line without the newline. Nothing: it ended, or the time is over.
    std::optional<std::string> hear(std::chrono::milliseconds patience);
    // Ends its input and waits; what it returned.
    int finish(std::chrono::milliseconds patience);
    bool has_ended();
    // What it wrote to standard error so far.
    std::string said();

private:
    void read_errors();

    Pipe in_;
    Pipe out_;
    Pipe err_;
    pid_t child_ = -1;
    std::optional<int> exit_code_{};
    std::string heard_{};
    std::string errors_{};
};

}  // namespace teal::cli
