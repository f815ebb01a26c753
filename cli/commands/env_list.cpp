#include "cli/commands/env_list.hpp"

#include "cli/output/screen.hpp"
#include "cli/project/secret_names.hpp"

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kEnvListHelp[] =
    "Examples:\n"
    "  teal env list\n"
    "  teal env list --show                 secrets, too\n"
    "  teal env list --json | jq -r '.variables[].name'\n"
    "\n"
    "Masked are values of names with PASSWORD, SECRET, TOKEN, KEY and the like in them, passwords\n"
    "in URLs, and private keys.\n";

std::string variables_text(const EnvVariables& variables, bool show) {
    std::string text;
    for (const auto& [name, value] : variables) {
        const std::string shown = show ? value : masked_value(name, value);
        text += name + "=" + (shown == value ? written_value(value) : shown) + "\n";
    }
    return text.empty() ? "no variables\n" : text;
}

nlohmann::ordered_json variables_json(const std::filesystem::path& file,
                                      const EnvVariables& variables, bool show) {
    using Json = nlohmann::ordered_json;
    Json json{{"file", file.string()}, {"variables", Json::array()}};
    for (const auto& [name, value] : variables) {
        const bool secret = is_secret(name, value);
        json["variables"].push_back({{"name", name},
                                     {"secret", secret},
                                     {"value", secret && !show ? Json() : Json(value)}});
    }
    return json;
}

}  // namespace

ExitCode run_env_list(const EnvListOptions& options) {
    const std::filesystem::path file = options.common.path();
    const EnvVariables variables = read_env_file(file);
    print(options.common.json
              ? variables_json(file, variables, options.show)
                        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
                    "\n"
              : variables_text(variables, options.show));
    return ExitCode::ok;
}

void add_env_list(CLI::App& env, ExitCode& result) {
    auto options = std::make_shared<EnvListOptions>();
    CLI::App& command = *env.add_subcommand("list", "print all variables, secrets masked");
    command.footer(kEnvListHelp);
    command.add_flag("--show", options->show, "show secrets, too");
    add_env_options(command, options->common);
    command.callback([options, &result] { result = run_env_list(*options); });
}

}  // namespace teal::cli
