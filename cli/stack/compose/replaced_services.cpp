#include "cli/stack/compose/replaced_services.hpp"

#include "cli/stack/compose/stack_roles.hpp"

#include <nlohmann/json.hpp>

namespace teal::cli::compose {
namespace {

using nlohmann::json;

json without_names(json service) {
    for (const char* key : {"image", "build", "pull_policy", "scale", "depends_on"}) {
        service.erase(key);
    }
    if (service.contains("deploy") && service["deploy"].is_object()) {
        service["deploy"].erase("replicas");
        if (service["deploy"].empty()) {
            service.erase("deploy");
        }
    }
    if (service.contains("labels") && service["labels"].is_object()) {
        for (const char* label : {"teal.snapshot", "teal.stack", "teal.directory", "teal.color"}) {
            service["labels"].erase(label);
        }
        if (service["labels"].empty()) {
            service.erase("labels");
        }
    }
    return service;
}

// Whose place in the stack it is, with those that were replaced as the target has them.
void mix_roles(json& made, const json& target, const std::set<std::string>& replaced) {
    if (!made.contains("x-teal") || !target.is_object() || !target.contains("x-teal")) {
        return;
    }
    auto roles = made["x-teal"].at("stack").get<StackRoles>();
    const auto wanted = target.at("x-teal").at("stack").get<StackRoles>();
    json& sources = made["x-teal"]["images"];
    for (const std::string& service : replaced) {
        roles.color.erase(service);
        roles.shared.erase(service);
        roles.jobs.erase(service);
        sources.erase(service);
        for (const auto& [from, to] :
             {std::pair{&wanted.color, &roles.color}, std::pair{&wanted.shared, &roles.shared}}) {
            if (from->contains(service)) {
                (*to)[service] = from->at(service);
            }
        }
        if (wanted.jobs.contains(service)) {
            roles.jobs.insert(service);
        }
        if (target["x-teal"]["images"].contains(service)) {
            sources[service] = target["x-teal"]["images"][service];
        }
    }
    made["x-teal"]["stack"] = roles;
    made["x-teal"]["snapshot"] = target["x-teal"]["snapshot"];
    made["x-teal"]["build_secrets"] = target["x-teal"]["build_secrets"];
}

}  // namespace

std::vector<std::string> differing_keys(const json& before, const json& target) {
    const json one = without_names(before);
    const json two = without_names(target);
    std::vector<std::string> keys;
    for (const auto& [key, value] : one.items()) {
        if (!two.contains(key) || two[key] != value) {
            keys.push_back(key);
        }
    }
    for (const auto& [key, value] : two.items()) {
        if (!one.contains(key)) {
            keys.push_back(key);
        }
    }
    return keys;
}

json mixed_project(const json& before, const json& target, const std::set<std::string>& replaced) {
    if (!before.is_object()) {
        return target;
    }
    json made = before;
    if (!target.is_object()) {
        return made;
    }
    for (const char* kind : {"networks", "volumes", "secrets", "configs"}) {
        const json resources = target.value(kind, json::object());
        for (const auto& [name, value] : resources.items()) {
            made[kind][name] = value;
        }
    }
    for (const std::string& service : replaced) {
        made["services"].erase(service);
        if (target.at("services").contains(service)) {
            made["services"][service] = target["services"][service];
        }
    }
    mix_roles(made, target, replaced);
    return made;
}

}  // namespace teal::cli::compose
