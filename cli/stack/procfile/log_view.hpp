// Several processes' logs on one screen, `web.1 | …`, as foreman and docker compose show them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace teal::cli {

struct LogSource {
    std::string name;  // "web.1"
    std::filesystem::path file;
};

// The last lines of each, one source after the other: lines carry no time, so there is no truer
// order.
void print_last_lines(const std::vector<LogSource>& sources, unsigned lines);

// As above, and then what is added, until a signal ends us or standard output is closed. Files may
// be cut, exchanged, removed or not there yet. Exit code.
int follow_logs(const std::vector<LogSource>& sources, unsigned lines);

}  // namespace teal::cli
