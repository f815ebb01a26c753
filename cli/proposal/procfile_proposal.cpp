#include "cli/proposal/proposal.hpp"

#include "cli/project/project_directory.hpp"
#include "cli/stack/procfile/procfile.hpp"
#include "shared/table/names.hpp"
#include "shared/table/paths.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

// TOML's basic strings have the escapes of JSON's.
std::string toml_quoted(const std::string& text) {
    return nlohmann::json(text).dump();
}

// "postgres" of "exec postgres -D data".
std::string program_of(const std::string& command) {
    std::size_t begin = 0;
    while (begin < command.size()) {
        const std::size_t end = std::min(command.find(' ', begin), command.size());
        std::string word = command.substr(begin, end - begin);
        if (!word.empty() && word != "exec" && word.find('=') == std::string::npos) {
            return word;
        }
        begin = end + 1;
    }
    return {};
}

ServiceSettings settings_of(const Settings& settings, const std::string& name) {
    const auto found = settings.services.find(name);
    return found == settings.services.end() ? ServiceSettings{} : found->second;
}

bool has_entries(const std::vector<ServiceProposal>& services) {
    return std::any_of(services.begin(), services.end(),
                       [](const ServiceProposal& service) { return service.entry; });
}

// The first process that has a reason to be one becomes the entry, unless there is one.
template <typename Reason>
void propose_first(std::vector<ServiceProposal>& services, const Settings& settings,
                   Reason reason) {
    if (has_entries(services)) {
        return;
    }
    for (ServiceProposal& service : services) {
        const std::string why = reason(service);
        if (!why.empty() && !service.shared && settings_of(settings, service.name).entry != false) {
            service.entry = true;
            service.reason = why;
            service.additions.emplace_back("entry", "true");
            return;
        }
    }
}

void complete(ServiceProposal& service, const ServiceSettings& said, bool has_toml) {
    service.split = said.split.value_or(split_name_for(service.name));
    service.health = said.health.value_or("/");
    if (!said.split && service.split != service.name) {
        service.additions.emplace_back("split", toml_quoted(service.split));
    }
    // Written out in a new file, so that a user sees where it is said.
    if (!said.health && !has_toml) {
        service.additions.emplace_back("health", toml_quoted(service.health));
    }
}

const char* explanation_of(const std::string& key) {
    return key == "entry"    ? "                # it listens on $PORT; nginx sends requests"
           : key == "health" ? "                # asked before traffic is switched to it"
           : key == "shared" ? "               # exists once, for both colors"
                             : "";
}

}  // namespace

ProjectProposal propose_procfile(const std::filesystem::path& procfile, const std::string& text,
                                 const Settings& settings) {
    ProjectProposal proposal;
    proposal.kind = StackKind::procfile;
    proposal.project = settings.project_name.empty() ? project_name_for(settings.directory)
                                                     : settings.project_name;
    proposal.files = {procfile.string()};
    const bool has_toml = !settings.toml_file.empty();
    for (const ProcfileEntry& process : parse_procfile(procfile, text)) {
        ServiceProposal& service = proposal.services.emplace_back();
        service.name = process.name;
        const ServiceSettings said = settings_of(settings, process.name);
        service.shared = said.shared.value_or(false);
        service.entry = said.entry.value_or(false);
        if (service.shared || service.entry) {
            service.reason = "teal.toml";
        } else if (!said.shared && !said.entry &&
                   (is_store(process.name) || is_store(program_of(process.command)))) {
            service.shared = true;
            service.reason = "keeps data";
            service.additions.emplace_back("shared", "true");
        }
    }
    for (const char* name : {"web", "app", "api", "server"}) {
        propose_first(proposal.services, settings, [&](const ServiceProposal& service) {
            return first_word(service.name) == name ? "is named " + service.name : std::string();
        });
    }
    const auto colors = std::count_if(proposal.services.begin(), proposal.services.end(),
                                      [](const auto& service) { return !service.shared; });
    propose_first(proposal.services, settings, [&](const ServiceProposal&) {
        return colors == 1 ? std::string("no other process could") : std::string();
    });
    if (!has_entries(proposal.services)) {
        proposal.remarks.emplace_back(
            "no process looks like one that answers requests: say it in teal.toml, as in "
            "[services.NAME] entry = true");
    }
    for (ServiceProposal& service : proposal.services) {
        if (service.entry) {
            complete(service, settings_of(settings, service.name), has_toml);
        }
    }
    return proposal;
}

std::string toml_text(const ProjectProposal& proposal, const Settings& settings) {
    std::string text =
        "# What the Procfile cannot say. Every key: teal's README, \"Settings\".\n"
        "[project]\n"
        "name = " +
        toml_quoted(proposal.project) + "\n\n[nginx]\n";
    if (settings.table != table::kDefaultTablePath) {
        text += "table = " + toml_quoted(settings.table) + "\n";
    }
    if (!settings.counters.empty()) {
        text += "counters = " + toml_quoted(settings.counters) + "\n";
    }
    text +=
        settings.nginx_url.empty()
            ? "# url = \"http://127.0.0.1:8080\"    # where nginx is asked; else found by itself\n"
            : "url = " + toml_quoted(settings.nginx_url) + "\n";
    for (const ServiceProposal& service : proposal.services) {
        if (service.additions.empty()) {
            continue;
        }
        text += "\n[services." + service.name + "]\n";
        for (const auto& [key, value] : service.additions) {
            text.append(key).append(" = ").append(value).append(explanation_of(key)).append("\n");
        }
    }
    return text;
}

}  // namespace teal::cli
