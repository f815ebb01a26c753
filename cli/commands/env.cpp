#include "cli/commands/env.hpp"

#include "cli/commands/command_choice.hpp"
#include "cli/commands/env_get.hpp"
#include "cli/commands/env_list.hpp"
#include "cli/commands/env_set.hpp"
#include "cli/commands/env_unset.hpp"

#include <CLI/CLI.hpp>

namespace teal::cli {

void add_env(CLI::App& app, std::string_view called, ExitCode& result) {
    CLI::App& env = *app.add_subcommand("env", "the variables in the project's .env");
    env.require_subcommand(1);
    env.footer(kExitCodesHelp);
    const CommandEntry commands[] = {
        {"set", [&] { add_env_set(env, result); }},
        {"get", [&] { add_env_get(env, result); }},
        {"list", [&] { add_env_list(env, result); }},
        {"unset", [&] { add_env_unset(env, result); }},
    };
    add_called(commands, called);
}

}  // namespace teal::cli
