#include "cli/commands/env_options.hpp"

#include "cli/output/env_output.hpp"
#include "cli/output/screen.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {

void add_env_options(CLI::App& command, EnvOptions& options) {
    command.add_option("-C,--directory", options.directory, "act as if started in this directory")
        ->type_name("DIR");
    command.add_option("--file", options.file, "this file (default: the project's .env)")
        ->type_name("FILE");
    command.add_flag("--json", options.json, "print JSON");
}

ExitCode change_variables(const EnvOptions& options, const std::vector<DotenvChange>& asked,
                          bool dry_run) {
    const std::filesystem::path file = options.path();
    const EnvFileChange change = change_env_file(file, asked, dry_run);
    print(options.json ? env_change_json(file, asked, change, dry_run).dump() + "\n"
                       : env_change_text(file, asked, change, dry_run));
    return ExitCode::ok;
}

}  // namespace teal::cli
