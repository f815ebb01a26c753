// `teal notify …`: who is told about deployments and canaries, and whether it reached them.
#pragma once

#include "cli/exit_codes.hpp"

#include <string_view>

namespace CLI {
class App;
}

namespace teal::cli {

// `called`: the word behind `notify`; only that command is described.
void add_notify(CLI::App& app, std::string_view called, ExitCode& result);

}  // namespace teal::cli
