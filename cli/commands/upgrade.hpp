// `teal upgrade …`: deployments.
#pragma once

#include "cli/exit_codes.hpp"

#include <string_view>

namespace CLI {
class App;
}

namespace teal::cli {

// `called`: the word behind `upgrade`; only that command is described.
void add_upgrade(CLI::App& app, std::string_view called, ExitCode& result);

}  // namespace teal::cli
