// The containers of services that are being replaced.
#include "cli/error.hpp"
#include "cli/stack/compose/color_project.hpp"
#include "cli/stack/compose/compose_progress.hpp"
#include "cli/stack/compose/compose_replacing.hpp"
#include "cli/stack/compose/containers.hpp"
#include "cli/stack/compose/docker.hpp"
#include "cli/stack/compose/image_inspection.hpp"
#include "cli/stack/compose/left_behind.hpp"
#include "cli/stack/compose/network_links.hpp"
#include "cli/stack/compose/shared_images.hpp"

#include <algorithm>

namespace teal::cli::compose {
namespace {

using nlohmann::json;

std::string snapshot_label(const json& section) {
    return section.is_object() ? section.value("labels", json::object()).value("teal.snapshot", "")
                               : "";
}

}  // namespace

ComposeReplacing::Containers ComposeReplacing::containers(const std::string& service) const {
    return containers_with({"com.docker.compose.project=" + project_of(service),
                            "com.docker.compose.service=" + service});
}

// A color's container says which snapshot its section is of; a shared one says nothing, and is
// known by its image.
std::vector<VersionedInstance> ComposeReplacing::instances(const std::string& service) {
    const Containers found = containers(service);
    std::map<std::string, std::optional<Version>> versions;
    const bool shared = is_shared(service);
    for (const Version version : {Version::before, Version::target}) {
        const std::string label = snapshot_label(section(service, version));
        const std::string pin =
            pin_of(roles_.project, service, version == Version::target ? run_.id : before_id_);
        const auto pinned = shared ? inspect_images({pin}) : std::map<std::string, ImageFacts>{};
        for (const json& container : found) {
            const bool match =
                shared ? pinned.contains(pin) && pinned.at(pin).id == container.value("Image", "")
                       : !label.empty() && label_of(container, "teal.snapshot") == label;
            if (match) {
                versions[container.value("Id", "")] = version;
            }
        }
    }
    std::vector<VersionedInstance> instances;
    for (Instance& instance : instances_of(found, {}, roles_, false)) {
        const std::optional<Version> version = versions[instance.id];
        instances.push_back({std::move(instance), version});
    }
    return instances;
}

// Compose would start them again, old as they are.
void ComposeReplacing::remove_stopped(const std::string& service) const {
    for (const json& container : containers(service)) {
        const std::string status = container["State"].value("Status", "");
        if (status == "exited" || status == "created" || status == "dead") {
            run_docker(docker({"rm", "--force", container.value("Id", "")}),
                       "remove a stopped container of " + service);
        }
    }
}

std::vector<Instance> ComposeReplacing::start_beside(const std::string& service, Version version,
                                                     std::uint32_t count, Progress& progress) {
    end_left_behind(name_);
    remove_half_replaced(name_);
    remove_stopped(service);
    std::set<std::string> there;
    for (const json& container : containers(service)) {
        there.insert(container.value("Id", ""));
    }
    const std::string scale = service + "=" + std::to_string(there.size() + count);
    const auto compose = [&](std::vector<std::string> words) {
        words.insert(words.end(),
                     {"--no-recreate", "--no-build", "--pull", "never", "--scale", scale, service});
        Command command =
            docker_compose(ComposeProject{name_, run_.directory / kColorFile}, std::move(words));
        command.on_line = told_to(progress, name_);
        mark(command, name_);
        run_docker(command, "start " + service + " beside the old one");
    };
    const json& networks =
        (version == Version::target ? target_ : before_).value("networks", json());
    if (networks != (version == Version::target ? before_ : target_).value("networks", json())) {
        // A network that is new has to know the shared services before the service looks for them.
        compose({"up", "--no-start", "--no-deps"});
        reconnect_shared(roles_, color_, progress);
    }
    compose({"up", "--detach", "--no-deps"});
    std::vector<Instance> started;
    for (VersionedInstance& found : instances(service)) {
        if (!there.contains(found.instance.id)) {
            started.push_back(std::move(found.instance));
        }
    }
    if (started.size() != count) {
        throw failure("compose started " + std::to_string(started.size()) + " of " +
                          std::to_string(count) + " containers of " + service,
                      "look at `docker compose -p " + name_ + " ps -a`");
    }
    return started;
}

void ComposeReplacing::retire(const Instance& instance, Progress& progress) {
    if (instance.id.empty()) {
        return;
    }
    progress.service(instance.service, "stopping " + instance.name);
    // Docker knows the service's own signal and grace (stop_grace_period).
    for (const char* verb : {"stop", "rm"}) {
        const Command command = docker({verb, instance.id});
        const CommandResult result = run_command(command);
        if (!result.ok() && result.err.find("o such container") == std::string::npos) {
            throw docker_error(command, result, std::string(verb) + " " + instance.name);
        }
    }
}

void ComposeReplacing::replace(const std::string& service, Version version, Progress& progress) {
    const std::string& project = project_of(service);
    const bool shared = is_shared(service);
    end_left_behind(project);
    remove_half_replaced(project);
    std::vector<std::string> words;
    if (shared) {
        const std::string pin =
            pin_of(roles_.project, service, version == Version::target ? run_.id : before_id_);
        run_docker(
            docker({"tag", pin, shared_image(roles_.project, service, section(service, version))}),
            "name the image of " + service);
        words = {"--project-directory", directory_.string()};
    }
    words.insert(words.end(), {"up", "--detach", "--no-deps", "--no-build", "--pull", "never",
                               "--force-recreate", service});
    Command command = docker_compose(
        ComposeProject{project, run_.directory / (shared ? kSharedFile : kColorFile)},
        std::move(words));
    // Services of the project that are not in this file may run from before; they are not ours.
    command.environment.emplace_back("COMPOSE_IGNORE_ORPHANS", "true");
    command.on_line = told_to(progress, project);
    mark(command, project);
    run_docker(command, "replace " + service);
    if (shared) {
        reconnect_shared(roles_, color_, progress);
    }
}

}  // namespace teal::cli::compose
