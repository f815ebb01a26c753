#include "cli/commands/env_set.hpp"

#include <CLI/CLI.hpp>
#include <memory>

namespace teal::cli {
namespace {

constexpr char kEnvSetHelp[] =
    "Examples:\n"
    "  teal env set FEATURE_NEW_SCHEMA=true\n"
    "  teal env set GREETING='Good day' WORKERS=4\n"
    "  teal env set LOG_LEVEL=debug --file .env.staging --dry-run\n"
    "\n"
    "Comments, order, `export` and line endings stay, and so do the file's mode and owner. A "
    "value\n"
    "is quoted so that docker compose and a Procfile's processes read back what was given. What\n"
    "runs is not changed: the value takes effect at the next `teal upgrade perform`.\n";

}  // namespace

ExitCode run_env_set(const EnvSetOptions& options) {
    return change_variables(options.common, parse_assignments(options.assignments),
                            options.dry_run);
}

void add_env_set(CLI::App& env, ExitCode& result) {
    auto options = std::make_shared<EnvSetOptions>();
    CLI::App& command = *env.add_subcommand("set", "give variables a value");
    command.footer(kEnvSetHelp);
    command.add_option("assignments", options->assignments, "NAME=VALUE")
        ->required()
        ->type_name("NAME=VALUE");
    command.add_flag("--dry-run", options->dry_run, "only say what would change");
    add_env_options(command, options->common);
    command.callback([options, &result] { result = run_env_set(*options); });
}

}  // namespace teal::cli
