// `teal notify-deliver`: for teal itself, which starts it detached; in no help.
#pragma once

#include "cli/exit_codes.hpp"

namespace CLI {
class App;
}

namespace teal::cli {

void add_notify_deliver(CLI::App& app, ExitCode& result);

}  // namespace teal::cli
