// `teal traffic …`
#pragma once

#include "cli/exit_codes.hpp"

#include <string_view>

namespace CLI {
class App;
}

namespace teal::cli {

// `called`: the word behind `traffic`, see command_choice.hpp.
void add_traffic(CLI::App& app, std::string_view called, ExitCode& result);

}  // namespace teal::cli
