#include "cli/deployment/plan.hpp"

#include "cli/deployment/pin.hpp"
#include "cli/deployment/standby.hpp"
#include "cli/error.hpp"

#include <algorithm>
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

std::vector<std::string> files_in(const fs::path& directory) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator at(directory, error), end; !error && at != end;
         at.increment(error)) {
        if (at->is_regular_file(error)) {
            names.push_back(at->path().filename().string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
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

DeploymentPlan plan_deployment(const Settings& settings, Stack& stack) {
    DeploymentPlan plan;
    plan.definition = stack.definition();
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
    if (plan.active) {
        const auto snapshot = deployed_on(records.snapshots.list(), *plan.active);
        plan.active_snapshot = snapshot ? snapshot->id : "";
    }
    if (!plan.definition.migrations.empty()) {
        plan.migrations = files_in(plan.definition.migrations);
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
