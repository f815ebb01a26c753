#include "cli/commands/traffic.hpp"

#include "cli/commands/traffic_endpoints.hpp"
#include "cli/commands/traffic_explain.hpp"
#include "cli/commands/traffic_set.hpp"
#include "cli/commands/traffic_show.hpp"
#include "cli/commands/traffic_watch.hpp"

#include <CLI/CLI.hpp>

namespace teal::cli {

void add_traffic(CLI::App& app, ExitCode& result) {
    CLI::App& traffic = *app.add_subcommand("traffic", "show, move and explain live traffic");
    traffic.require_subcommand(1);
    traffic.footer(kExitCodesHelp);
    add_traffic_show(traffic, result);
    add_traffic_set(traffic, result);
    add_traffic_watch(traffic, result);
    add_traffic_explain(traffic, result);
    add_traffic_endpoints(traffic, result);
}

}  // namespace teal::cli
