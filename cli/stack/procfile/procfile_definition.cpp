#include "cli/stack/procfile/procfile_definition.hpp"

#include "cli/error.hpp"
#include "cli/project/project_directory.hpp"
#include "cli/stack/procfile/dotenv.hpp"
#include "cli/stack/procfile/procfile.hpp"
#include "cli/suggestion.hpp"
#include "shared/table/names.hpp"

#include <algorithm>

namespace teal::cli {
namespace {

constexpr char kConventionalEntry[] = "web";

std::string setting_name(const Settings& settings, const std::string& service, const char* key) {
    return (settings.toml_file.empty() ? std::string(kTomlName) : settings.toml_file.string()) +
           ": services." + service + "." + key;
}

void demand_known_names(const Settings& settings, const std::vector<ProcfileEntry>& entries) {
    std::vector<std::string> names;
    for (const ProcfileEntry& entry : entries) {
        names.push_back(entry.name);
    }
    for (const auto& [name, service] : settings.services) {
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            throw wrong_input(settings.toml_file.string() + ": services." + name +
                                  " is no process of the Procfile" + did_you_mean(name, names),
                              "it has: " + listed(names));
        }
    }
}

bool names_entries(const Settings& settings) {
    return std::any_of(settings.services.begin(), settings.services.end(),
                       [](const auto& service) { return service.second.entry == true; });
}

Entry entry_of(const Settings& settings, const std::string& name, const ServiceSettings& said) {
    if (said.port) {
        throw wrong_input(setting_name(settings, name, "port") + " is " +
                              std::to_string(*said.port) + ", but a process is given its port",
                          "take it out; the process listens on $PORT");
    }
    Entry entry;
    entry.split = said.split.value_or(name);
    if (!table::is_split_name(entry.split)) {
        throw wrong_input(
            "process " + name + " feeds the split of its name, and \"" + name + "\" cannot be one",
            "say which split, in teal.toml: [services." + name +
                "] split = \"…\" (1 to 63 letters, digits and '_')");
    }
    if (said.health) {
        entry.probe = parse_probe(setting_name(settings, name, "health"), *said.health);
    }
    entry.probe.host = said.host.value_or(entry.probe.host);
    entry.smoke = said.smoke.value_or("");
    return entry;
}

Service service_of(const Settings& settings, const ProcfileEntry& process) {
    const auto found = settings.services.find(process.name);
    const ServiceSettings said =
        found == settings.services.end() ? ServiceSettings{} : found->second;
    Service service;
    service.name = process.name;
    service.command = process.command;
    service.replicas = said.replicas.value_or(1);
    service.critical = said.critical.value_or(true);
    service.said_critical = said.critical;
    service.shared = said.shared.value_or(false);
    service.reason = service.shared ? "teal.toml says shared" : "one for each color";
    // As TEAL_PORT_NAME, when they were started; an entry's is nginx's to know.
    service.only_once = "others were told its port";
    const bool by_convention = process.name == kConventionalEntry && !names_entries(settings);
    if (!said.entry.value_or(by_convention && !service.shared)) {
        return service;
    }
    service.only_once.clear();
    service.entry = entry_of(settings, process.name, said);
    if (service.shared) {
        throw wrong_input("process " + process.name + " is an entry and shared",
                          "an entry has an instance of each color: take one of the two out of "
                          "teal.toml");
    }
    if (service.replicas == 0) {
        throw wrong_input(setting_name(settings, process.name, "replicas") + " is 0 for an entry",
                          "an entry needs one at least");
    }
    return service;
}

}  // namespace

StackDefinition procfile_definition(const Settings& settings, const std::string& procfile_text,
                                    const std::string& environment_text) {
    const std::filesystem::path procfile = settings.directory / kProcfileName;
    const std::filesystem::path dotenv = settings.directory / ".env";
    StackDefinition definition;
    definition.kind = StackKind::procfile;
    definition.project = settings.project_name.empty() ? project_name_for(settings.directory)
                                                       : settings.project_name;
    definition.files = {procfile.string()};
    definition.migrations = settings.migrations;
    const std::vector<ProcfileEntry> processes = parse_procfile(procfile, procfile_text);
    demand_known_names(settings, processes);
    for (const ProcfileEntry& process : processes) {
        definition.services.push_back(service_of(settings, process));
    }
    if (definition.entries().empty()) {
        throw wrong_input(procfile.string() + ": no process takes nginx's requests",
                          "name it web, or say which one it is, in teal.toml: "
                          "[services.NAME] entry = true");
    }
    for (const auto& [name, value] : parse_dotenv(dotenv, environment_text)) {
        if (name == "PORT" || name == "PS") {
            definition.notes.push_back(name +
                                       " in .env is not used: each process is given its own");
        }
    }
    const Service* web = definition.find(kConventionalEntry);
    if (web != nullptr && !web->entry && settings.services.count(kConventionalEntry) == 0) {
        definition.notes.emplace_back("web is no entry, because teal.toml names others");
    }
    return definition;
}

}  // namespace teal::cli
