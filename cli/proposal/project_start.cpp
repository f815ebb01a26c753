#include "cli/proposal/project_start.hpp"

#include "cli/error.hpp"
#include "cli/files/new_file.hpp"
#include "cli/project/git_ignore.hpp"
#include "cli/project/project_directory.hpp"
#include "shared/table/paths.hpp"

#include <cstdlib>

namespace teal::cli {
namespace {

void provide_toml(const Settings& settings, ProjectStart& start) {
    if (start.proposal.kind == StackKind::procfile && settings.toml_file.empty()) {
        start.toml_text = toml_text(start.proposal, settings);
        start.toml_written =
            !start.plan.dry_run && write_new_file(start.toml_file, start.toml_text);
    }
}

// A table that a flag has named is not found by the next command.
bool is_only_named_here(const Settings& settings, const ProjectStart& start) {
    const char* variable = std::getenv("TEAL_TABLE");
    return start.toml_text.empty() && settings.table != table::kDefaultTablePath &&
           settings.toml_file.empty() && (variable == nullptr || *variable == '\0');
}

}  // namespace

ProjectStart begin_project(const Settings& settings, InitPlan plan) {
    ProjectStart start;
    start.proposal = propose(settings);
    for (const std::string& split : start.proposal.splits()) {
        plan.splits.push_back({split, {"blue", "green"}});
    }
    start.plan = std::move(plan);
    start.toml_file = (settings.directory / kTomlName).string();
    provide_toml(settings, start);
    start.name_table = is_only_named_here(settings, start);
    try {
        start.outcome = initialise(start.plan);
    } catch (const Error& error) {
        start.table_problem = error.what();
        start.table_remedy = error.next_step();
    }
    start.suggest_ignoring =
        is_ignored_by_git(settings.directory, settings.deployment_directory) == false;
    return start;
}

}  // namespace teal::cli
