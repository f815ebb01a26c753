#include "cli/stack/compose/color_project.hpp"

#include "cli/files/durable_file.hpp"
#include "cli/stack/compose/color_networks.hpp"
#include "cli/stack/compose/project_definition.hpp"
#include "cli/stack/compose/service_labels.hpp"
#include "cli/stack/compose/stack_roles.hpp"

#include <nlohmann/json.hpp>

#include <set>

namespace teal::cli::compose {
namespace {

using nlohmann::json;

// Those of the project's networks, volumes, secrets or configs that the services use.
json used_only(const json& all, const std::set<std::string>& used) {
    json kept = json::object();
    for (const auto& [name, value] : all.items()) {
        if (used.contains(name)) {
            kept[name] = value;
        }
    }
    return kept;
}

std::set<std::string> sources_of(const json& services, const char* kind) {
    std::set<std::string> used;
    for (const auto& [name, service] : services.items()) {
        for (const json& item : service.value(kind, json::array())) {
            used.insert(item.value("source", ""));
        }
    }
    return used;
}

std::set<std::string> networks_used(const json& services) {
    std::set<std::string> used;
    for (const auto& [name, service] : services.items()) {
        for (const auto& [network, attachment] : networks_of(service).items()) {
            used.insert(network);
        }
    }
    return used;
}

json resources_for(const json& project, const json& services) {
    json resources = json::object();
    for (const char* kind : {"volumes", "secrets", "configs"}) {
        json kept = used_only(project.value(kind, json::object()), sources_of(services, kind));
        if (!kept.empty()) {
            resources[kind] = std::move(kept);
        }
    }
    resources["networks"] =
        used_only(project.value("networks", json::object()), networks_used(services));
    return resources;
}

// Without those of the other side: shared services are up before a color's start.
void keep_dependencies(json& service, const StackDefinition& stack, bool shared) {
    const auto needed = service.find("depends_on");
    if (needed == service.end()) {
        return;
    }
    json kept = json::object();
    for (const auto& [name, condition] : needed->items()) {
        const Service* other = stack.find(name);
        if (other == nullptr || other->shared == shared) {
            kept[name] = condition;
        }
    }
    if (kept.empty()) {
        service.erase("depends_on");
    } else {
        *needed = std::move(kept);
    }
}

json color_labels(json labels, const Service& service, const ColorRequest& request,
                  const StackRoles& roles) {
    if (!labels.is_object()) {
        labels = json::object();
    }
    labels["teal.project"] = roles.project;
    labels["teal.color"] = name_of(request.color);
    labels["teal.snapshot"] = request.snapshot;
    labels["teal.directory"] = escaped(request.directory);
    labels["teal.stack"] = escaped(json(roles).dump());
    if (service.entry) {
        labels["teal.entry"] = std::to_string(service.entry->port);
    }
    return labels;
}

json color_service(const json& resolved, const Service& service, const StackDefinition& stack,
                   const ColorRequest& request, const StackRoles& roles) {
    json made = resolved;
    for (const char* dropped :
         {"build", "container_name", "profiles", "ports", "mac_address", "develop"}) {
        made.erase(dropped);
    }
    made["image"] = pin_of(roles.project, service.name, request.snapshot);
    made["pull_policy"] = "never";  // and there is nothing to build: exactly what was fetched
    made["labels"] = color_labels(made.value("labels", json::object()), service, request, roles);
    if (!replicas_of(resolved) && service.replicas != 1) {
        made["scale"] = service.replicas;
    }
    if (service.entry && request.published) {
        made["ports"] = {{{"mode", "ingress"},
                          {"host_ip", "127.0.0.1"},
                          {"target", service.entry->port},
                          {"protocol", "tcp"}}};
    }
    keep_dependencies(made, stack, false);
    if (made.contains("networks") && made["networks"].is_object()) {
        for (auto& [name, attachment] : made["networks"].items()) {
            attachment = color_attachment(std::move(attachment));
        }
    }
    return made;
}

// Where each image comes from, for fetching it: built, pulled, or what another service builds.
json image_source(const json& services, const std::string& name, const StackDefinition& stack) {
    const json& resolved = services[name];
    json source = {{"written", resolved.value("image", "")},
                   {"platform", resolved.value("platform", "")},
                   {"pull_policy", resolved.value("pull_policy", "")}};
    if (resolved.contains("build")) {
        source["build"] = resolved["build"];
        return source;
    }
    for (const Service* other : stack.color_services()) {
        if (other->built && other->image == source["written"]) {
            source["same_as"] = other->name;
        }
    }
    return source;
}

// In a name of an image: lower-case letters and digits, single separators inside.
std::string image_word(const std::string& name) {
    std::string word;
    for (const char c : name) {
        const bool upper = c >= 'A' && c <= 'Z';
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (plain || upper) {
            word += upper ? static_cast<char>(c - 'A' + 'a') : c;
        } else if (!word.empty() && word.back() != '-') {
            word += '-';
        }
    }
    while (!word.empty() && word.back() == '-') {
        word.pop_back();
    }
    // "a_b" and "A.b" are different services.
    return word == name ? word : (word.empty() ? "s" : word) + "." + sha256_of(name).substr(0, 6);
}

std::string recolored_network(const std::string& name, const StackRoles& roles, Color from,
                              Color to) {
    const std::string prefix = color_project_name(roles.project, from) + "_";
    const std::string suffix = std::string("-") + name_of(from);
    if (name.starts_with(prefix)) {
        return color_project_name(roles.project, to) + "_" + name.substr(prefix.size());
    }
    return name.substr(0, name.size() - suffix.size()) + "-" + name_of(to);
}

}  // namespace

std::string pin_of(const std::string& project, const std::string& service,
                   const std::string& snapshot) {
    return "teal/" + image_word(project) + "/" + image_word(service) + ":" + snapshot;
}

json color_project(const json& project, const StackDefinition& stack, const ColorRequest& request) {
    const StackRoles roles = roles_of(project, stack);
    json services = json::object();
    json sources = json::object();
    json build_secrets = json::object();
    for (const Service* service : stack.color_services()) {
        const json& resolved = project["services"][service->name];
        services[service->name] = color_service(resolved, *service, stack, request, roles);
        sources[service->name] = image_source(project["services"], service->name, stack);
        if (resolved.contains("build") && resolved["build"].contains("secrets")) {
            build_secrets = project.value("secrets", json::object());
        }
    }
    json made = resources_for(project, services);
    const std::string name = color_project_name(roles.project, request.color);
    for (auto& [key, network] : made["networks"].items()) {
        network = color_network(std::move(network), roles.project, name, request.color);
    }
    made["name"] = name;
    made["services"] = std::move(services);
    made["x-teal"] = {{"color", name_of(request.color)},
                      {"snapshot", request.snapshot},
                      {"stack", roles},
                      {"images", std::move(sources)},
                      {"build_secrets", std::move(build_secrets)}};
    return made;
}

json shared_project(const json& project, const StackDefinition& stack) {
    json services = json::object();
    for (const Service* service : stack.shared_services()) {
        json& kept = services[service->name] = project["services"][service->name];
        kept.erase("profiles");  // chosen already
        keep_dependencies(kept, stack, true);
    }
    if (services.empty()) {
        return nullptr;
    }
    json made = resources_for(project, services);
    for (const auto& [name, service] : services.items()) {
        if (service.contains("build") && service["build"].contains("secrets")) {
            made["secrets"] = project.value("secrets", json::object());
        }
    }
    made["name"] = project["name"];
    made["services"] = std::move(services);
    return made;
}

json recolored(json file, Color color, const std::string& snapshot) {
    json& ours = file.at("x-teal");
    const auto roles = ours.at("stack").get<StackRoles>();
    const Color before = parse_color(ours.at("color").get<std::string>());
    for (auto& [key, network] : file.at("networks").items()) {
        if (!is_external(network)) {
            network["name"] =
                recolored_network(network.at("name").get<std::string>(), roles, before, color);
        }
    }
    for (auto& [name, service] : file.at("services").items()) {
        service["image"] = pin_of(roles.project, name, snapshot);
        service["labels"]["teal.color"] = name_of(color);
        service["labels"]["teal.snapshot"] = snapshot;
    }
    file["name"] = color_project_name(roles.project, color);
    ours["color"] = name_of(color);
    ours["snapshot"] = snapshot;
    return file;
}

}  // namespace teal::cli::compose
