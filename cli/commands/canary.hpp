// `teal canary …`: a new version on part of the traffic.
#pragma once

#include "cli/exit_codes.hpp"

#include <string_view>

namespace CLI {
class App;
}

namespace teal::cli {

// `called`: the word behind `canary`; only that command is described.
void add_canary(CLI::App& app, std::string_view called, ExitCode& result);

}  // namespace teal::cli
