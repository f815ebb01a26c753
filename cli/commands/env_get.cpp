#include "cli/commands/env_get.hpp"

#include "cli/error.hpp"
#include "cli/output/screen.hpp"
#include "cli/suggestion.hpp"

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kEnvGetHelp[] =
    "Examples:\n"
    "  teal env get DATABASE_URL\n"
    "  psql \"$(teal env get DATABASE_URL)\"\n"
    "\n"
    "Prints the value as services get it, without quotes; secrets, too. Returns 1 when the "
    "variable\n"
    "is not set.\n";

}  // namespace

ExitCode run_env_get(const EnvGetOptions& options) {
    const std::filesystem::path file = options.common.path();
    std::vector<std::string> names;
    for (const auto& [name, value] : read_env_file(file)) {
        if (name == options.name) {
            const nlohmann::ordered_json json{{"name", name}, {"value", value}};
            print_line(options.common.json
                           ? json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                           : value);
            return ExitCode::ok;
        }
        names.push_back(name);
    }
    throw failure(
        options.name + " is not set in " + file.string() + did_you_mean(options.name, names),
        "teal env list shows what is; teal env set " + options.name + "=VALUE sets it");
}

void add_env_get(CLI::App& env, ExitCode& result) {
    auto options = std::make_shared<EnvGetOptions>();
    CLI::App& command = *env.add_subcommand("get", "print one variable's value");
    command.footer(kEnvGetHelp);
    command.add_option("name", options->name, "name of the variable")
        ->required()
        ->type_name("NAME");
    add_env_options(command, options->common);
    command.callback([options, &result] { result = run_env_get(*options); });
}

}  // namespace teal::cli
