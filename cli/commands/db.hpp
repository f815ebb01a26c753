// `teal db`: the database of a deployment.
#pragma once

#include "cli/exit_codes.hpp"

#include <string_view>

namespace CLI {
class App;
}

namespace teal::cli {

// `called`: the word behind `db`, so that only that command is built.
void add_db(CLI::App& app, std::string_view called, ExitCode& result);

}  // namespace teal::cli
