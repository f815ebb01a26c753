// `teal db migrate plan`: in which deployment each migration may run.
#pragma once

#include "cli/exit_codes.hpp"
#include "cli/migration/finding.hpp"
#include "cli/project/settings.hpp"

#include <string>

namespace CLI {
class App;
}

namespace teal::cli {

struct DbMigratePlanOptions {
    ProjectOptions project{};
    std::string directory{};
    migration::LintOptions lint{.server_version = 0};  // 0: as the project says
    bool json = false;
};

void add_db_migrate(CLI::App& db, ExitCode& result);
ExitCode run_db_migrate_plan(const DbMigratePlanOptions& options);

}  // namespace teal::cli
