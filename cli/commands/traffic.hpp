// `teal traffic …`
#pragma once

#include "cli/exit_codes.hpp"

namespace CLI {
class App;
}

namespace teal::cli {

void add_traffic(CLI::App& app, ExitCode& result);

}  // namespace teal::cli
