// The containers of a compose stack. What a project is: compose_stack.cpp.
#include "cli/error.hpp"
#include "cli/stack/compose/color_networks.hpp"
#include "cli/stack/compose/compose_logs.hpp"
#include "cli/stack/compose/compose_progress.hpp"
#include "cli/stack/compose/compose_stack.hpp"
#include "cli/stack/compose/containers.hpp"
#include "cli/stack/compose/docker.hpp"
#include "cli/stack/compose/left_behind.hpp"
#include "cli/stack/compose/network_links.hpp"
#include "cli/stack/compose/snapshot_project.hpp"
#include "cli/suggestion.hpp"

#include <algorithm>
#include <set>
#include <thread>

namespace teal::cli::compose {
namespace {

using nlohmann::json;
using std::chrono::steady_clock;

constexpr auto kAskAgain = std::chrono::milliseconds(200);

std::string project_label(const std::string& project) {
    return "com.docker.compose.project=" + project;
}

bool is_up(const Instance& instance) {
    return instance.healthy &&
           (instance.state == InstanceState::running || instance.state == InstanceState::exited);
}

std::set<std::string> names_in(const std::map<std::string, std::uint32_t>& services) {
    std::set<std::string> names;
    for (const auto& [name, replicas] : services) {
        names.insert(name);
    }
    return names;
}

std::string grace_text(std::chrono::seconds grace) {
    return std::to_string(std::max<long>(0, static_cast<long>(grace.count())));
}

}  // namespace

std::string ComposeStack::directory_label() const {
    return std::filesystem::weakly_canonical(settings_.deployment_directory).string();
}

// Found by where the deployments are kept, so that no file has to be read; by the project's name
// when the directory has been moved since.
std::vector<json> ComposeStack::containers_of(Color color) {
    const std::string color_label = std::string("teal.color=") + name_of(color);
    std::vector<json> found = containers_with({"teal.directory=" + directory_label(), color_label});
    if (found.empty() && !roles_) {
        found = containers_with({project_label(color_project_name(roles().project, color))});
    } else if (found.empty()) {
        found = containers_with({project_label(color_project_name(roles_->project, color))});
    }
    return found;
}

const StackRoles& ComposeStack::roles() {
    if (!roles_) {
        roles_ = roles_on(containers_with({"teal.directory=" + directory_label()}));
    }
    if (!roles_) {
        definition();
    }
    return *roles_;
}

std::vector<Instance> ComposeStack::shared_of(const StackRoles& roles) const {
    return instances_of(containers_with({project_label(roles.project)}), roles.shared, roles, true);
}

void ComposeStack::start_shared(const SnapshotRef& snapshot, std::chrono::seconds patience,
                                Progress& progress) {
    const SnapshotProject ours = read_snapshot(snapshot);
    if (ours.roles.shared.empty()) {
        return;
    }
    const std::vector<Instance> now = shared_of(ours.roles);
    const bool all_up = std::all_of(now.begin(), now.end(), is_up);
    if (!all_up) {
        end_left_behind(ours.roles.project);
        Command command = docker_compose({ours.roles.project, snapshot.directory / kSharedFile},
                                         {"--project-directory", settings_.directory.string(), "up",
                                          "--detach", "--no-recreate"});
        // Services of the project that are not shared may run from before; they are not ours.
        command.environment.emplace_back("COMPOSE_IGNORE_ORPHANS", "true");
        command.deadline = patience;
        mark(command, ours.roles.project);
        command.on_line = told_to(progress, ours.roles.project);
        run_docker(command, "start the shared services");
        wait_for_shared(ours.roles, patience, progress);
    }
}

void ComposeStack::wait_for_shared(const StackRoles& roles, std::chrono::seconds patience,
                                   Progress& progress) const {
    const auto give_up = steady_clock::now() + patience;
    while (true) {
        const std::vector<Instance> now = shared_of(roles);
        const auto missing =
            std::find_if(now.begin(), now.end(), [](const auto& one) { return !is_up(one); });
        if (missing == now.end()) {
            return;
        }
        progress.service(missing->service, missing->detail);
        if (steady_clock::now() >= give_up || missing->state == InstanceState::exited) {
            throw failure("the shared service " + missing->service + " is " + missing->detail,
                          "look at `docker logs " + missing->name + "`");
        }
        std::this_thread::sleep_for(kAskAgain);
    }
}

void ComposeStack::bring_up(Color color, const SnapshotRef& snapshot, Progress& progress) {
    const SnapshotProject ours = read_snapshot(snapshot, color);
    const ComposeProject project{ours.name, snapshot.directory / kColorFile};
    end_left_behind(ours.name);
    remove_half_replaced(ours.name);
    // Connected in between: a service that looks for its database as it starts must find it.
    Command create =
        docker_compose(project, {"create", "--no-build", "--pull", "never", "--remove-orphans"});
    create.on_line = told_to(progress, ours.name);
    mark(create, ours.name);
    run_docker(create, "create the containers of " + ours.name);
    connect_shared(ours.roles.project, color, names_in(ours.roles.shared));
    Command start = docker_compose(
        project, {"up", "--detach", "--no-build", "--pull", "never", "--remove-orphans"});
    start.on_line = told_to(progress, ours.name);
    mark(start, ours.name);
    run_docker(start, "start " + ours.name);
}

void ComposeStack::reconnect_shared(Color serving, Progress& progress) {
    compose::reconnect_shared(roles(), serving, progress);
}

std::vector<Instance> ComposeStack::instances(Color color) {
    return instances_in(containers_of(color));
}

std::vector<Instance> ComposeStack::instances_in(const std::vector<json>& containers) {
    if (containers.empty()) {
        return {};
    }
    const StackRoles wanted = roles_on(containers).value_or(roles_.value_or(StackRoles{}));
    if (!roles_ && !wanted.project.empty()) {
        roles_ = wanted;
    }
    return instances_of(containers, wanted.color, wanted, false);
}

std::vector<Instance> ComposeStack::shared_instances() {
    return shared_of(roles());
}

StackInstances ComposeStack::all_instances() {
    try {
        if (std::optional<StackInstances> found = from_one_look()) {
            return std::move(*found);
        }
    } catch (const Error&) {
        // podman's stand-in may not know the format; and what is wrong, each side says for itself.
    }
    return Stack::all_instances();
}

// Two calls of docker, however many containers there are. Nothing when no container says that it is
// of this project.
std::optional<StackInstances> ComposeStack::from_one_look() {
    const std::vector<ListedContainer> listed = list_containers();
    const std::string directory = directory_label();
    std::optional<StackRoles> sides = roles_;
    for (const ListedContainer& one : listed) {
        if (!sides && one.directory == directory) {
            sides = parse_roles(one.roles);
        }
    }
    if (!sides) {
        return std::nullopt;
    }
    const auto side_of = [&](const ListedContainer& one) {
        for (const Color color : {Color::blue, Color::green}) {
            if (one.directory == directory
                    ? one.color == name_of(color)
                    : one.project == color_project_name(sides->project, color)) {
                return color == Color::blue ? 0u : 1u;
            }
        }
        return one.project == sides->project ? 2u : 3u;  // shared, or somebody else's
    };
    std::vector<std::string> ids;
    std::map<std::string, unsigned> sides_by_id;
    for (const ListedContainer& one : listed) {
        if (const unsigned side = side_of(one); side < 3) {
            sides_by_id[one.id] = side;
            ids.push_back(one.id);
        }
    }
    std::vector<json> all = inspect_containers(ids);
    if (!roles_) {
        roles_ = roles_on(all).value_or(*sides);
    }
    std::vector<json> containers[3];
    for (json& container : all) {
        const unsigned side = sides_by_id[container.value("Id", "")];
        containers[side].push_back(std::move(container));
    }
    StackInstances found;
    found.blue = instances_in(containers[0]);
    found.green = instances_in(containers[1]);
    found.shared = instances_of(containers[2], roles_->shared, *roles_, true);
    return found;
}

void ComposeStack::stop(Color color, std::chrono::seconds grace, Removal removal,
                        Progress& progress) {
    const std::string name = color_project_name(roles().project, color);
    const bool remove = removal == Removal::remove;
    end_left_behind(name);
    if (remove) {
        disconnect_shared(roles().project, color);
    }
    // By the containers there are, whatever file made them. Volumes are never removed.
    Command command =
        remove ? docker_compose(name, {"down", "--timeout", grace_text(grace), "--remove-orphans"})
               : docker_compose(name, {"stop", "--timeout", grace_text(grace)});
    command.on_line = told_to(progress, name);
    mark(command, name);
    run_docker(command, (remove ? "remove " : "stop ") + name);
}

// By their containers, not by the project: others of its services may run from before, and are not
// ours.
void ComposeStack::stop_shared(std::chrono::seconds grace, Removal removal, Progress& progress) {
    const StackRoles& sides = roles();
    std::vector<std::string> ids;
    for (const Instance& instance : shared_of(sides)) {
        if (!instance.id.empty()) {
            progress.service(instance.service, "stopping");
            ids.push_back(instance.id);
        }
    }
    if (ids.empty()) {
        return;
    }
    std::vector<std::string> stop{"stop", "--time", grace_text(grace)};
    stop.insert(stop.end(), ids.begin(), ids.end());
    run_docker(docker(stop), "stop the shared services of " + sides.project);
    if (removal == Removal::keep) {
        return;
    }
    std::vector<std::string> remove{"rm", "--force"};
    remove.insert(remove.end(), ids.begin(), ids.end());
    run_docker(docker(remove), "remove the shared services of " + sides.project);
    if (containers_with({project_label(sides.project)}).empty()) {
        run_docker(docker_compose(sides.project, {"down"}),
                   "remove the networks of " + sides.project);
    }
}

std::string ComposeStack::last_lines(const Instance& instance, unsigned lines) {
    if (instance.id.empty()) {
        return {};
    }
    std::string text;
    Command command = docker({"logs", "--tail", std::to_string(lines), instance.id});
    command.on_line = [&text](std::string_view line) { text.append(line).append("\n"); };
    const CommandResult result = run_command(command);
    return result.ok() ? text : result.said();
}

int ComposeStack::show_logs(Color color, const LogRequest& request) {
    const StackRoles& sides = roles();
    const std::string color_project = color_project_name(sides.project, color);
    LogSource of_color{color_project, {}};
    LogSource of_shared{sides.project, {}};
    for (const std::string& service : request.services) {
        if (sides.color.contains(service)) {
            of_color.services.push_back(service);
        } else if (sides.shared.contains(service)) {
            of_shared.services.push_back(service);
        } else {
            const std::set<std::string> ours = names_in(sides.color);
            std::vector<std::string> all(ours.begin(), ours.end());
            const std::set<std::string> theirs = names_in(sides.shared);
            all.insert(all.end(), theirs.begin(), theirs.end());
            throw wrong_input(
                "there is no service \"" + service + "\"" + did_you_mean(service, all),
                "there are: " + listed(all));
        }
    }
    std::vector<LogSource> sources;
    if (request.services.empty()) {
        sources.push_back(of_color);
        if (request.shared && !sides.shared.empty()) {
            const std::set<std::string> theirs = names_in(sides.shared);
            of_shared.services.assign(theirs.begin(), theirs.end());
            sources.push_back(of_shared);
        }
    } else {
        for (const LogSource& source : {of_color, of_shared}) {
            if (!source.services.empty()) {
                sources.push_back(source);
            }
        }
    }
    return print_logs(sources, request);
}

}  // namespace teal::cli::compose
