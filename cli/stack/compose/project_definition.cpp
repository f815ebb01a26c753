#include "cli/stack/compose/project_definition.hpp"

#include "cli/error.hpp"
#include "cli/stack/compose/project_notes.hpp"
#include "cli/stack/compose/references.hpp"
#include "cli/stack/compose/service_labels.hpp"
#include "cli/stack/compose/stack_roles.hpp"
#include "cli/suggestion.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace teal::cli::compose {
namespace {

using nlohmann::json;

// As a compose file would write it: "127.0.0.1:8080:3000/udp".
std::string port_text(const json& port) {
    std::string text = port.value("host_ip", "");
    text += text.empty() ? "" : ":";
    text += port.value("published", "");
    text += port.contains("published") ? ":" : "";
    text += std::to_string(port.value("target", 0));
    const std::string protocol = port.value("protocol", "tcp");
    return protocol == "tcp" ? text : text + "/" + protocol;
}

Entry entry_of(const std::string& name, const ServiceWords& words) {
    Entry entry;
    entry.split = words.split.empty() ? name : words.split;
    entry.port = *words.entry;
    entry.probe = words.probe.value_or(ProbeSpec{});
    if (!words.host.empty()) {
        entry.probe.host = words.host;
    }
    entry.smoke = words.smoke;
    return entry;
}

// Of a color's service; host ports and names of containers are not among it, since colors have
// neither.
std::string why_only_once(const json& resolved, const std::vector<std::string>& volumes,
                          bool shared_by_label) {
    if (!volumes.empty() && !shared_by_label) {
        return "volume " + volumes.front();
    }
    const std::string network = resolved.value("network_mode", "");
    return network == "host" ? "the host's network" : "";
}

Service service_of(const std::string& name, const json& resolved, const Settings& settings) {
    const ServiceWords words = words_of(name, resolved, settings);
    const std::vector<std::string> volumes = named_volumes(resolved);
    Service service;
    service.name = name;
    service.shared = words.shared.value_or(!volumes.empty());
    if (words.shared) {
        service.reason = words.shared_by_label ? "label teal.shared" : "teal.toml";
    } else {
        service.reason = volumes.empty() ? "no named volume" : "volume " + volumes.front();
    }
    if (words.entry) {
        service.entry = entry_of(name, words);
    }
    service.replicas = replicas_of(resolved).value_or(words.replicas.value_or(1));
    service.critical = words.critical.value_or(true);
    service.said_critical = words.critical;
    service.only_once = why_only_once(resolved, volumes, words.shared_by_label);
    const json needs = resolved.value("depends_on", json::object());
    for (const auto& [needed, how] : needs.items()) {
        service.depends_on.push_back(needed);
    }
    service.database = words.database;
    service.image = resolved.value("image", "");
    service.built = resolved.contains("build");
    if (!service.shared && resolved.contains("ports")) {
        for (const json& port : resolved["ports"]) {
            service.dropped_ports.push_back(port_text(port));
        }
    }
    return service;
}

void check_settings(const StackDefinition& stack, const Settings& settings) {
    std::vector<std::string> names;
    for (const Service& service : stack.services) {
        names.push_back(service.name);
    }
    for (const auto& [name, words] : settings.services) {
        // With profiles a service may be named there and not be part of this run.
        if (stack.find(name) == nullptr && settings.profiles.empty()) {
            throw wrong_input("teal.toml: services." + name + " is no service of the compose file" +
                                  did_you_mean(name, names),
                              "there are: " + listed(names));
        }
    }
}

void check_entries(const StackDefinition& stack) {
    if (!stack.entries().empty()) {
        return;
    }
    for (const Service& service : stack.services) {
        if (service.entry) {
            throw wrong_input("the only entry, " + service.name + ", is shared (" + service.reason +
                                  "): there is nothing to switch",
                              "label it teal.shared: \"false\" if two of it may run at once");
        }
    }
    throw wrong_input("no service is an entry: nginx would have nothing to send requests to",
                      "label the service that answers requests with its port, as in labels: "
                      "{teal.entry: \"3000\"}");
}

std::filesystem::path migrations_of(const json& project, const Settings& settings) {
    if (!settings.migrations.empty()) {
        return settings.migrations;
    }
    const json ours = project.value("x-teal", json::object());
    if (!ours.is_object()) {
        throw wrong_input("x-teal of the compose file is not a mapping",
                          "write x-teal: {migrations: db/migrations}");
    }
    for (const auto& [key, value] : ours.items()) {
        if (key != "migrations" || !value.is_string()) {
            throw wrong_input("x-teal: \"" + key + "\" " +
                                  (key == "migrations" ? "is not a path" : "is unknown") +
                                  (key == "migrations" ? "" : did_you_mean(key, {"migrations"})),
                              "x-teal takes migrations: a directory");
        }
        return settings.directory / unescaped(value.get<std::string>());
    }
    return {};
}

}  // namespace

std::vector<std::string> named_volumes(const json& service) {
    std::vector<std::string> names;
    if (service.contains("volumes")) {
        for (const json& volume : service["volumes"]) {
            if (volume.value("type", "") == "volume" && volume.contains("source")) {
                names.push_back(volume["source"].get<std::string>());
            }
        }
    }
    return names;
}

std::optional<std::uint32_t> replicas_of(const json& service) {
    if (service.contains("scale")) {
        return service["scale"].get<std::uint32_t>();
    }
    if (service.contains("deploy") && service["deploy"].contains("replicas")) {
        return service["deploy"]["replicas"].get<std::uint32_t>();
    }
    return std::nullopt;
}

StackDefinition define_stack(const json& project, const Settings& settings) {
    StackDefinition stack;
    stack.kind = StackKind::compose;
    stack.project = project.value("name", "");
    const json services = project.value("services", json::object());
    for (const auto& [name, resolved] : services.items()) {
        stack.services.push_back(service_of(name, resolved, settings));
    }
    for (Service& service : stack.services) {
        service.job = roles_of(project, stack).jobs.contains(service.name);
    }
    stack.migrations = migrations_of(project, settings);
    check_settings(stack, settings);
    check_entries(stack);
    check_references(project, stack);
    stack.notes = notes_on(project, stack);
    return stack;
}

}  // namespace teal::cli::compose
