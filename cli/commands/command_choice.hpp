// Building only the command that was called: describing every option of every command costs a
// third of a millisecond at each start, and `teal` is called in loops.
#pragma once

#include <functional>
#include <span>
#include <string_view>

namespace teal::cli {

struct CommandEntry {
    std::string_view name;
    std::function<void()> add;
};

// Adds the command that `word` names; all of them when it names none, for --help and suggestions.
inline void add_called(std::span<const CommandEntry> commands, std::string_view word) {
    for (const CommandEntry& command : commands) {
        if (command.name == word) {
            command.add();
            return;
        }
    }
    for (const CommandEntry& command : commands) {
        command.add();
    }
}

}  // namespace teal::cli
