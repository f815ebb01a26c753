#include "cli/stack/compose/network_links.hpp"

#include "cli/stack/compose/color_networks.hpp"
#include "cli/stack/compose/containers.hpp"
#include "cli/stack/compose/docker.hpp"

#include <algorithm>
#include <map>
#include <sstream>
#include <vector>

namespace teal::cli::compose {
namespace {

using nlohmann::json;
using Names = std::vector<std::string>;

std::string project_label(const std::string& project) {
    return "com.docker.compose.project=" + project;
}

// The project's networks: name to the key they have in its file.
std::map<std::string, std::string> networks_by_name(const std::string& project) {
    std::istringstream lines(
        run_docker(docker({"network", "ls", "--filter", "label=" + project_label(project),
                           "--format", "{{.Name}}\t{{.Label \"com.docker.compose.network\"}}"}),
                   "list the networks"));
    std::map<std::string, std::string> networks;
    for (std::string line; std::getline(lines, line);) {
        const std::size_t tab = line.find('\t');
        if (tab != std::string::npos) {
            networks[line.substr(0, tab)] = line.substr(tab + 1);
        }
    }
    return networks;
}

Names aliases_of(const json& endpoint) {
    const auto found = endpoint.find("Aliases");
    return found != endpoint.end() && found->is_array() ? found->get<Names>() : Names{};
}

// What a shared container is called: its service's name and the aliases of the file; not the names
// that docker gives every container by itself.
Names names_on(const json& endpoint, const json& container) {
    Names names = aliases_of(endpoint);
    const std::string id = container.value("Id", "");
    std::erase_if(names, [&](const std::string& name) {
        return "/" + name == container.value("Name", "") ||
               (name.size() == kShortId && id.starts_with(name));
    });
    const std::string service = label_of(container, "com.docker.compose.service");
    if (std::find(names.begin(), names.end(), service) == names.end()) {
        names.insert(names.begin(), service);
    }
    return names;
}

void disconnect(const std::string& network, const std::string& container) {
    run_docker(docker({"network", "disconnect", "--force", network, container}),
               "take " + container + " off the network " + network);
}

void connect(const std::string& network, const json& container, const Names& names) {
    const std::string id = container.value("Id", "");
    const json& there = container["NetworkSettings"]["Networks"];
    if (there.contains(network)) {
        const Names had = aliases_of(there[network]);
        const bool complete = std::all_of(names.begin(), names.end(), [&](const auto& name) {
            return std::find(had.begin(), had.end(), name) != had.end();
        });
        if (complete) {
            return;
        }
        disconnect(network, id);
    }
    std::vector<std::string> arguments = {"network", "connect"};
    for (const std::string& name : names) {
        arguments.insert(arguments.end(), {"--alias", name});
    }
    arguments.insert(arguments.end(), {network, id});
    run_docker(docker(std::move(arguments)), "connect " + names.front() + " to " + network);
}

}  // namespace

void connect_shared(const std::string& project, Color color,
                    const std::set<std::string>& services) {
    if (services.empty()) {
        return;
    }
    const auto shared_networks = networks_by_name(project);
    const auto color_networks = networks_by_name(color_project_name(project, color));
    for (const json& container : containers_with({project_label(project)})) {
        if (!services.contains(label_of(container, "com.docker.compose.service"))) {
            continue;
        }
        for (const auto& [name, endpoint] : container["NetworkSettings"]["Networks"].items()) {
            const auto key = shared_networks.find(name);
            for (const auto& [target, target_key] : color_networks) {
                if (key != shared_networks.end() && key->second == target_key) {
                    connect(target, container, names_on(endpoint, container));
                }
            }
        }
    }
}

void reconnect_shared(const StackRoles& roles, Color serving, Progress& progress) {
    std::set<std::string> services;
    for (const auto& [name, replicas] : roles.shared) {
        services.insert(name);
    }
    connect_shared(roles.project, serving, services);
    try {
        connect_shared(roles.project, other(serving), services);
    } catch (const Error& error) {
        progress.warning(std::string(name_of(other(serving))) + ": " + error.what());
    }
}

void disconnect_shared(const std::string& project, Color color) {
    const auto color_networks = networks_by_name(color_project_name(project, color));
    if (color_networks.empty()) {
        return;
    }
    for (const json& container : containers_with({project_label(project)})) {
        for (const auto& [name, endpoint] : container["NetworkSettings"]["Networks"].items()) {
            if (color_networks.contains(name)) {
                disconnect(name, container.value("Id", ""));
            }
        }
    }
}

}  // namespace teal::cli::compose
