// Logs of compose projects, straight to our standard output.
#pragma once

#include "cli/stack/stack.hpp"

#include <string>
#include <vector>

namespace teal::cli::compose {

struct LogSource {
    std::string project;
    std::vector<std::string> services{};  // empty: all
};

// Runs `docker compose logs` for each, all at once when they are followed, until they end. Ctrl-C
// reaches them as it reaches us. Returns the worst exit code.
int print_logs(const std::vector<LogSource>& sources, const LogRequest& request);

}  // namespace teal::cli::compose
