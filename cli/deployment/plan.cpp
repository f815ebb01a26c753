#include "cli/deployment/plan.hpp"

#include "cli/deployment/pin.hpp"
#include "cli/deployment/standby.hpp"
#include "cli/error.hpp"

#include <filesystem>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;

// The first directory upwards that exists: where there is none yet, its file system is the
// parent's.
fs::path existing(fs::path path) {
    while (!path.empty() && !fs::exists(path) && path != path.parent_path()) {
        path = path.parent_path();
    }
    return path;
}

// Unsafe migrations are in the way only of a version that serves.
void add_migrations(DeploymentPlan& plan, const Settings& settings,
                    const std::optional<SnapshotMetadata>& serving, bool allowed) {
    plan.migrations = migration_names(plan.definition.migrations);
    plan.migration_check =
        check_new_migrations(plan.definition.migrations,
                             serving ? serving->migrations : std::nullopt, lint_options(settings));
    if (plan.active && !allowed && !plan.migration_check.safe()) {
        plan.hindrances.push_back(plan.migration_check.problem(name_of(*plan.active)) + " (" +
                                  plan.migration_check.remedy() + ")");
    }
}

template <typename Action>
void hindered_by(DeploymentPlan& plan, Action action) {
    try {
        action();
    } catch (const Error& error) {
        plan.hindrances.push_back(
            std::string(error.what()) +
            (error.next_step().empty() ? "" : " (" + error.next_step() + ")"));
    }
}

}  // namespace

DeploymentPlan plan_deployment(const Settings& settings, Stack& stack, const PlanRequest& request) {
    DeploymentPlan plan;
    plan.definition = stack.definition();
    plan.ramp = request.ramp;
    const Records records(settings.deployment_directory);
    const TablePaths paths = table_paths(settings.table, settings.counters);
    const NginxView nginx(paths.counters);
    Target target;
    target.entries = snapshot_entries(plan.definition);
    hindered_by(plan, [&] {
        const table::TableImage table = read_table(paths, Missing::leave_alone);
        plan.target = standby_color(table, target.splits(), plan.active);
    });
    if (!nginx.has_live_worker()) {
        plan.hindrances.push_back("no live nginx worker in " + paths.counters +
                                  " (start nginx with the module loaded: teal doctor)");
    } else {
        for (const std::string& split : target.splits()) {
            hindered_by(plan, [&] { (void)pin_of(nginx, split); });
        }
    }
    std::optional<SnapshotMetadata> serving;
    if (plan.active) {
        serving = deployed_on(records.snapshots.list(), *plan.active);
        plan.active_snapshot = serving ? serving->id : "";
    }
    hindered_by(plan, [&] { add_migrations(plan, settings, serving, request.unsafe_migrations); });
    if (request.backup) {
        hindered_by(plan, [&] {
            plan.backup = plan_backup(settings, stack, *request.backup, plan.target, plan.active);
        });
    }
    plan.images = stack.image_plan();
    for (const ImagePlan& image : plan.images) {
        plan.disk_needed_bytes += image.action == ImageAction::present ? 0 : image.likely_bytes;
    }
    std::error_code error;
    plan.disk_free_bytes = fs::space(existing(settings.deployment_directory), error).available;
    return plan;
}

}  // namespace teal::cli
