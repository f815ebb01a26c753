// The Procfile: one process a line, `NAME: COMMAND`, as foreman and honcho read it. They skip lines
// they do not understand; here those are errors, because a process that silently does not run is
// found out by users.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace teal::cli {

struct ProcfileEntry {
    std::string name;     // letters, digits, '_' and '-'
    std::string command;  // a shell's line, by definition of the format
    unsigned line = 0;
};

// Blank lines and lines that begin with '#' are comments. Throws Error (wrong input) naming file
// and line, also for a name that comes twice and for a file without a process.
std::vector<ProcfileEntry> parse_procfile(const std::filesystem::path& file,
                                          const std::string& text);

}  // namespace teal::cli
