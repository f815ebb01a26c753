// `teal db lint`: whether migrations are safe to run while the old version serves.
#pragma once

#include "cli/exit_codes.hpp"
#include "cli/migration/finding.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace teal::cli {

struct DbLintOptions {
    std::vector<std::string> paths{};
    std::string format = "human";
    bool json = false;
    bool rules = false;
    migration::LintOptions lint{};
};

void add_db_lint(CLI::App& db, ExitCode& result);
ExitCode run_db_lint(const DbLintOptions& options);

}  // namespace teal::cli
