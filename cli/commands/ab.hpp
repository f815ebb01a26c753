// `teal ab …`
#pragma once

#include "cli/exit_codes.hpp"

#include <string_view>

namespace CLI {
class App;
}

namespace teal::cli {

// `called`: the word behind `ab`, see command_choice.hpp.
void add_ab(CLI::App& app, std::string_view called, ExitCode& result);

}  // namespace teal::cli
