#include "cli/commands/traffic.hpp"

#include "cli/commands/command_choice.hpp"
#include "cli/commands/traffic_endpoints.hpp"
#include "cli/commands/traffic_explain.hpp"
#include "cli/commands/traffic_pause.hpp"
#include "cli/commands/traffic_resume.hpp"
#include "cli/commands/traffic_set.hpp"
#include "cli/commands/traffic_show.hpp"
#include "cli/commands/traffic_watch.hpp"

#include <CLI/CLI.hpp>

namespace teal::cli {

void add_traffic(CLI::App& app, std::string_view called, ExitCode& result) {
    CLI::App& traffic = *app.add_subcommand("traffic", "show, move and explain live traffic");
    traffic.require_subcommand(1);
    traffic.footer(kExitCodesHelp);
    const CommandEntry commands[] = {
        {"show", [&] { add_traffic_show(traffic, result); }},
        {"set", [&] { add_traffic_set(traffic, result); }},
        {"watch", [&] { add_traffic_watch(traffic, result); }},
        {"explain", [&] { add_traffic_explain(traffic, result); }},
        {"pause", [&] { add_traffic_pause(traffic, result); }},
        {"resume", [&] { add_traffic_resume(traffic, result); }},
        {"endpoints", [&] { add_traffic_endpoints(traffic, result); }},
    };
    add_called(commands, called);
}

}  // namespace teal::cli
