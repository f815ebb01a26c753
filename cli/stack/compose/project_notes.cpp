#include "cli/stack/compose/project_notes.hpp"

#include "cli/stack/compose/color_networks.hpp"
#include "cli/stack/compose/project_definition.hpp"

#include <nlohmann/json.hpp>

#include <set>

namespace teal::cli::compose {
namespace {

using nlohmann::json;
using Notes = std::vector<std::string>;

bool has_fixed_address(const json& service) {
    for (const auto& [name, attachment] : networks_of(service).items()) {
        if (attachment.is_object() &&
            (attachment.contains("ipv4_address") || attachment.contains("ipv6_address"))) {
            return true;
        }
    }
    return false;
}

void note_color_service(const Service& service, const json& resolved, Notes& notes) {
    const std::string name = service.name + ": ";
    if (resolved.contains("container_name")) {
        notes.push_back(name + "container_name " + resolved["container_name"].get<std::string>() +
                        " is left out, since both colors run at once");
    }
    if (has_fixed_address(resolved)) {
        notes.push_back(name + "its fixed address is left out, since both colors run at once");
    }
    if (resolved.value("network_mode", "") == "host") {
        notes.push_back(name + "network_mode: host; both colors use the host's ports at once");
    }
    for (const std::string& volume : named_volumes(resolved)) {
        notes.push_back(name + "both colors write to the volume " + volume +
                        " (label teal.shared: false)");
    }
    for (const json& volume : resolved.value("volumes", json::array())) {
        if (volume.value("type", "") == "bind" && !volume.value("read_only", false)) {
            notes.push_back(name + "both colors write to " + volume.value("source", "") +
                            "; a rollback does not bring its former files back");
        }
    }
}

void note_shared_service(const Service& service, const json& resolved, const StackDefinition& stack,
                         Notes& notes) {
    if (service.entry) {
        notes.push_back(service.name + ": is an entry, but shared (" + service.reason +
                        "): its traffic is not switched; label it teal.shared: \"false\" if two "
                        "of it may run at once");
    }
    const json needed = resolved.value("depends_on", json::object());
    for (const auto& [other, condition] : needed.items()) {
        if (const Service* found = stack.find(other); found != nullptr && !found->shared) {
            notes.push_back(service.name + ": is shared and starts before " + other +
                            ", although it depends on it");
        }
    }
}

void note_networks(const json& project, const StackDefinition& stack, Notes& notes) {
    std::set<std::string> used;
    for (const Service* service : stack.color_services()) {
        for (const auto& [name, attachment] :
             networks_of(project["services"][service->name]).items()) {
            used.insert(name);
        }
    }
    const json networks = project.value("networks", json::object());
    for (const std::string& name : used) {
        const json network = networks.value(name, json::object());
        if (is_external(network)) {
            notes.push_back("network " + name +
                            " is external: on it, colors see each other's services");
        } else if (has_subnet(network)) {
            notes.push_back("network " + name +
                            ": each color gets a subnet of its own instead of the one written");
        }
    }
}

}  // namespace

Notes notes_on(const json& project, const StackDefinition& stack) {
    Notes notes;
    for (const Service& service : stack.services) {
        const json& resolved = project["services"][service.name];
        if (service.shared) {
            note_shared_service(service, resolved, stack, notes);
        } else {
            note_color_service(service, resolved, notes);
        }
    }
    note_networks(project, stack, notes);
    return notes;
}

}  // namespace teal::cli::compose
