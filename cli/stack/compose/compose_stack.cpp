// What a project is, and its snapshots. Containers: compose_running.cpp.
#include "cli/stack/compose/compose_stack.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "cli/stack/compose/color_networks.hpp"
#include "cli/stack/compose/color_project.hpp"
#include "cli/stack/compose/compose_replacing.hpp"
#include "cli/stack/compose/config_hashes.hpp"
#include "cli/stack/compose/containers.hpp"
#include "cli/stack/compose/docker.hpp"
#include "cli/stack/compose/image_inspection.hpp"
#include "cli/stack/compose/images.hpp"
#include "cli/stack/compose/project_definition.hpp"
#include "cli/stack/compose/shared_images.hpp"
#include "cli/stack/compose/snapshot_project.hpp"

#include <utility>

namespace teal::cli {

std::unique_ptr<Stack> open_compose_stack(const Settings& settings) {
    return std::make_unique<compose::ComposeStack>(settings);
}

namespace compose {

using nlohmann::json;

constexpr mode_t kSecret = 0600;  // resolved files have the values of .env in them

ComposeStack::ComposeStack(Settings settings) : settings_(std::move(settings)) {}

const json& ComposeStack::resolved() {
    if (!resolved_) {
        resolved_ = resolve_project(settings_);
    }
    return resolved_->project;
}

const StackDefinition& ComposeStack::definition() {
    if (!definition_) {
        StackDefinition made = define_stack(resolved(), settings_);
        made.files = resolved_->files;
        made.notes.insert(made.notes.end(), resolved_->warnings.begin(), resolved_->warnings.end());
        definition_ = std::move(made);
        roles_ = roles_of(resolved(), *definition_);
    }
    return *definition_;
}

std::string ComposeStack::project() {
    return definition_ ? definition_->project : roles().project;
}

std::vector<SnapshotFile> ComposeStack::snapshot_files(Color color, const std::string& id) {
    const StackDefinition& stack = definition();
    const bool published = settings_.reach == "published" ||
                           (settings_.reach == "auto" && !ask_engine().networks_reachable());
    const ColorRequest request{color, id, directory_label(), published};
    const std::string env = read_if_exists(settings_.directory / ".env").value_or("");
    std::vector<SnapshotFile> files;
    files.push_back({".env", snapshot_env(env, color_project_name(stack.project, color)), kSecret});
    files.push_back({kColorFile, compose_text(color_project(resolved(), stack, request)), kSecret});
    if (const json shared = shared_project(resolved(), stack); !shared.is_null()) {
        files.push_back({kSharedFile, compose_text(shared), kSecret});
    }
    return files;
}

std::vector<SnapshotFile> ComposeStack::recolored_files(const SnapshotRef& from, Color color,
                                                        const std::string& id) {
    SnapshotProject before = read_snapshot(from);
    json file = recolored(before.file, color, id);
    // The same images under the pins of this snapshot, which may outlive the other.
    for (const auto& [name, service] : file["services"].items()) {
        const std::string pin = before.file["services"][name]["image"].get<std::string>();
        run_docker(docker({"tag", pin, service["image"].get<std::string>()}),
                   "keep the image of " + name);
    }
    const std::string env = read_if_exists(from.directory / ".env").value_or("");
    std::vector<SnapshotFile> files;
    files.push_back(
        {".env", snapshot_env(env, color_project_name(before.roles.project, color)), kSecret});
    files.push_back({kColorFile, compose_text(file), kSecret});
    if (std::optional<std::string> shared = read_if_exists(from.directory / kSharedFile)) {
        files.push_back({kSharedFile, std::move(*shared), kSecret});
    }
    return files;
}

std::vector<ImagePlan> ComposeStack::image_plan() {
    return compose::plan_images(definition());
}

std::vector<ImageRecord> ComposeStack::fetch_images(Color color, const SnapshotRef& snapshot,
                                                    Fetch fetch, Progress& progress) {
    const SnapshotProject ours = read_snapshot(snapshot, color);
    fetch_shared_images(ours.roles.project, snapshot, settings_.directory, progress);
    return compose::fetch_images(ours, settings_.directory, fetch, progress);
}

void ComposeStack::verify_images(const std::vector<ImageRecord>& images, Progress& progress) {
    compose::verify_images(images, progress);
}

void ComposeStack::unpin_images(const std::string& snapshot_id,
                                const std::set<std::string>& needed) {
    compose::unpin_images(project(), snapshot_id, needed);
}

// By compose's own hash of a service's configuration, and by the image that its name has now.
std::vector<std::string> ComposeStack::changed_shared() {
    const json shared = shared_project(resolved(), definition());
    if (shared.is_null()) {
        return {};
    }
    const ConfigHashes hashes =
        config_hashes(project(), shared, settings_.directory, "compare the shared services");
    std::map<std::string, bool> differs;
    for (const json& container : containers_with({"com.docker.compose.project=" + project()})) {
        const std::string service = label_of(container, "com.docker.compose.service");
        if (!hashes.contains(service)) {
            continue;
        }
        const std::string image =
            shared["services"][service].value("image", project() + "-" + service);
        const auto now = inspect_images({image});
        differs[service] =
            differs[service] || is_of_another_configuration(container, service, hashes) ||
            (now.contains(image) && now.at(image).id != container.value("Image", ""));
    }
    std::vector<std::string> changed;
    for (const auto& [service, different] : differs) {
        if (different) {
            changed.push_back(service);
        }
    }
    return changed;
}

std::unique_ptr<Replacing> ComposeStack::replacing(Color color, const SnapshotRef& before,
                                                   const SnapshotRef& run,
                                                   const std::vector<SnapshotFile>& target) {
    return std::make_unique<ComposeReplacing>(settings_.directory, color, before, run, target);
}

}  // namespace compose
}  // namespace teal::cli
