// `teal canary …`
#pragma once

#include "cli/exit_codes.hpp"

#include <string_view>

namespace CLI {
class App;
}

namespace teal::cli {

// `called`: the word behind `canary`, see command_choice.hpp.
void add_canary(CLI::App& app, std::string_view called, ExitCode& result);

}  // namespace teal::cli
