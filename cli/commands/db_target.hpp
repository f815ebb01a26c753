// What the commands on a database have in common: the project, which database, and how progress is
// shown.
#pragma once

#include "cli/database/target.hpp"
#include "cli/output/progress_output.hpp"
#include "cli/project/settings.hpp"
#include "cli/stack/stack.hpp"

#include <memory>

namespace CLI {
class App;
}

namespace teal::cli {

struct DbOptions {
    ProjectOptions project{};
    database::TargetOptions target{};
    bool json = false;
};

void add_db_options(CLI::App& command, DbOptions& options);

// A command at work on a database.
class DbRun {
public:
    // Opens the project; a directory without one will do where the database is named. Throws Error.
    explicit DbRun(const DbOptions& options);
    ~DbRun();
    DbRun(const DbRun&) = delete;
    DbRun& operator=(const DbRun&) = delete;

    // Throws Error.
    const database::Server& server();
    // Says which one it is.
    void tell_server();
    // The last phase has ended well.
    void end_well();
    // Ids of backups that a snapshot refers to.
    std::vector<std::string> linked_backups() const;

    Settings settings;
    std::unique_ptr<Stack> stack;  // may be none
    std::unique_ptr<ProgressOutput> progress;

private:
    database::TargetOptions target_;
    std::unique_ptr<database::Server> server_{};
    bool ended_ = false;
};

}  // namespace teal::cli
