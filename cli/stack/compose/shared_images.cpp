#include "cli/stack/compose/shared_images.hpp"

#include "cli/files/durable_file.hpp"
#include "cli/stack/compose/docker.hpp"
#include "cli/stack/compose/image_inspection.hpp"
#include "cli/stack/compose/left_behind.hpp"
#include "cli/stack/compose/snapshot_project.hpp"

#include <nlohmann/json.hpp>

#include <utility>
#include <vector>

namespace teal::cli::compose {
namespace {

using nlohmann::json;
using Names = std::vector<std::string>;

void have_compose_do(const ComposeProject& project, const std::filesystem::path& directory,
                     const std::string& verb, const Names& services, Progress& progress) {
    if (services.empty()) {
        return;
    }
    Names arguments = {"--project-directory", directory.string(), "--progress", "plain", verb};
    arguments.insert(arguments.end(), services.begin(), services.end());
    Command command = docker_compose(project, std::move(arguments));
    command.directory = directory;
    end_left_behind(project.name);
    mark(command, project.name);
    command.on_line = [&](std::string_view line) { progress.detail(std::string(line)); };
    for (const std::string& service : services) {
        progress.service(service, verb + "ing");
    }
    run_docker(command, verb + " the images of the shared services");
    for (const std::string& service : services) {
        progress.service(service, "image ready");
    }
}

}  // namespace

std::string shared_image(const std::string& project, const std::string& service,
                         const json& resolved) {
    return resolved.value("image", project + "-" + service);
}

void refresh_shared_images(const std::string& project, const std::filesystem::path& file,
                           const std::filesystem::path& directory, const Names& services,
                           Fetch fetch, Progress& progress) {
    const json read = json::parse(read_if_exists(file).value_or("{}"), nullptr, false);
    const json all = read.is_object() ? read.value("services", json::object()) : json::object();
    Names to_build;
    Names to_pull;
    for (const std::string& name : services) {
        const json& resolved = all.at(name);
        const std::string image = shared_image(project, name, resolved);
        if (resolved.contains("build")) {
            to_build.push_back(name);
        } else if (fetch == Fetch::pull || !inspect_images({image}).contains(image)) {
            to_pull.push_back(name);
        }
    }
    const ComposeProject shared{project, file};
    have_compose_do(shared, directory, "build", to_build, progress);
    have_compose_do(shared, directory, "pull", to_pull, progress);
}

void fetch_shared_images(const std::string& project, const SnapshotRef& snapshot,
                         const std::filesystem::path& directory, Progress& progress) {
    const std::filesystem::path path = snapshot.directory / kSharedFile;
    const json file = json::parse(read_if_exists(path).value_or("{}"), nullptr, false);
    const json services =
        file.is_object() ? file.value("services", json::object()) : json::object();
    Names to_build;
    Names to_pull;
    for (const auto& [name, resolved] : services.items()) {
        const std::string image = shared_image(project, name, resolved);
        if (!inspect_images({image}).contains(image)) {
            (resolved.contains("build") ? to_build : to_pull).push_back(name);
        }
    }
    const ComposeProject shared{project, path};
    have_compose_do(shared, directory, "build", to_build, progress);
    have_compose_do(shared, directory, "pull", to_pull, progress);
}

}  // namespace teal::cli::compose
