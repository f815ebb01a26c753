// `teal env`: the variables a project's services are started with.
#pragma once

#include "cli/exit_codes.hpp"

#include <string_view>

namespace CLI {
class App;
}

namespace teal::cli {

// `called`: the word behind `env`.
void add_env(CLI::App& app, std::string_view called, ExitCode& result);

}  // namespace teal::cli
