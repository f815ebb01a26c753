#include "cli/commands/env_unset.hpp"

#include <CLI/CLI.hpp>
#include <memory>

namespace teal::cli {
namespace {

constexpr char kEnvUnsetHelp[] =
    "Examples:\n"
    "  teal env unset FEATURE_NEW_SCHEMA\n"
    "\n"
    "Takes the variable's line out, every one when there are two. One that is not set is no "
    "error.\n"
    "What runs is not changed: it takes effect at the next `teal upgrade perform`.\n";

}  // namespace

ExitCode run_env_unset(const EnvUnsetOptions& options) {
    return change_variables(options.common, removals_of(options.names), options.dry_run);
}

void add_env_unset(CLI::App& env, ExitCode& result) {
    auto options = std::make_shared<EnvUnsetOptions>();
    CLI::App& command = *env.add_subcommand("unset", "take variables out");
    command.footer(kEnvUnsetHelp);
    command.add_option("names", options->names, "names of variables")
        ->required()
        ->type_name("NAME");
    command.add_flag("--dry-run", options->dry_run, "only say what would change");
    add_env_options(command, options->common);
    command.callback([options, &result] { result = run_env_unset(*options); });
}

}  // namespace teal::cli
