// What the commands of `teal env` have in common: which file, and changing it.
#pragma once

#include "cli/exit_codes.hpp"
#include "cli/project/env_file.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace teal::cli {

struct EnvOptions {
    std::string directory;
    std::string file;
    bool json = false;

    std::filesystem::path path() const { return env_file_path(directory, file); }
};

void add_env_options(CLI::App& command, EnvOptions& options);

// Makes the changes, unless it is a dry run, and says what became of them.
ExitCode change_variables(const EnvOptions& options, const std::vector<DotenvChange>& asked,
                          bool dry_run);

}  // namespace teal::cli
